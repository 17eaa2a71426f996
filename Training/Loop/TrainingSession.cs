using Flow.Domain.Data;
using Flow.Torch;
using Flow.Training.Diffusion;
using Flow.Training.Models;
using Flow.Training.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Flow.Training.Loop;

/// <summary>The living tensors of a run: the network, its optimizer and the step they have reached. Used by one thread.</summary>
public sealed class TrainingSession : IDisposable
{
    readonly TrainingRun run;
    readonly Denoiser network;
    readonly Optimizer optimizer;
    readonly Objective objective;

    public TrainingSession(TrainingRun run)
    {
        this.run = run;
        network = Networks.Build(run.Model, run.Train.Seed);
        network.to(run.Device);
        network.train();
        if (run.Start is TrainingStart.From from) Load(from.Weights);
        if (run.Start is TrainingStart.Resume resume) Load(resume.State.Weights);
        optimizer = new Optimizer(network, run.Train.Optim);
        objective = new Objective(run.Train.Diffusion);
        if (run.Start is TrainingStart.Resume { State: var state }) Restore(state);
    }

    /// <summary>Updates done.</summary>
    public long Step { get; private set; }

    /// <summary>The state as views of the living tensors.</summary>
    public TrainingState State => new(Step, optimizer.Weights, optimizer.Average, optimizer.ExpAvg, optimizer.ExpAvgSq);

    /// <summary>The losses of a batch; their gradients are added to what the parameters hold.</summary>
    public LossParts Backward(LatentBatch batch)
    {
        var parts = new LossParts();
        foreach (var slice in BatchSlices.Of(batch, run.Train.MicroBatch.IfNone(batch.Count)))
            parts += Backward(slice, slice.Count / (double)batch.Count);
        return parts;
    }

    /// <summary>2-norm of the gradients.</summary>
    public double GradientNorm() => optimizer.GradientNorm();

    /// <summary>One update from the gradients held; gives back its learning rate.</summary>
    public double Update(double gradNorm) => optimizer.Step(gradNorm, Step++, run.Train.Steps);

    public void Dispose()
    {
        optimizer.Dispose();
        network.Dispose();
    }

    LossParts Backward(LatentBatch slice, double share)
    {
        using var scope = NewDisposeScope();
        var (seed, shape) = (run.Train.Seed, slice.Shape);
        var x0_NCHW = OnDevice(slice.Target, slice.Count, shape.Channels, shape);
        var noise_NCHW = OnDevice(StepDraws.Noise(slice, seed), slice.Count, shape.Channels, shape);
        var t_N = tensor(StepDraws.Timesteps(slice, seed, run.Train.Diffusion.Timesteps), device: run.Device);
        var y_N = tensor(ShownLabels.InTraining(run.Model, slice, seed), device: run.Device);
        var condition_NCHW = OnDevice(slice.Condition, slice.Count, slice.ConditionChannels, shape);
        var routings = new List<Routing>();
        using var autocast = run.Bfloat16 ? TensorEngine.Current.Autocast(run.Device) : null;
        var (mse, vb) = objective.Loss(x0_NCHW, noise_NCHW, t_N,
            (x_NCHW, t) => network.forward(cat([condition_NCHW, x_NCHW], 1), t, y_N, routings));
        var parts = stack([mse, vb, Balance(routings, mse)], 0) * share;
        parts.sum().backward();
        var values = parts.detach().to(float64).cpu().data<double>();
        return new LossParts(values[0], values[1], values[2]);
    }

    Tensor OnDevice(float[] values, int count, int channels, LatentShape shape) =>
        tensor(values, [count, channels, shape.Height, shape.Width], device: run.Device);

    /// <summary>Each layer's balance loss carries its own weight.</summary>
    static Tensor Balance(List<Routing> routings, Tensor like) =>
        routings.Count == 0 ? zeros_like(like) : stack(routings.Select(r => r.Balance), 0).sum();

    void Load(IReadOnlyDictionary<string, Tensor> weights) =>
        Weights.Load(network, weights).IfLeft(error => throw new ArgumentException(error.Message));

    void Restore(TrainingState state)
    {
        Optimizer.Restore(optimizer.Average, state.Ema);
        Optimizer.Restore(optimizer.ExpAvg, state.ExpAvg);
        Optimizer.Restore(optimizer.ExpAvgSq, state.ExpAvgSq);
        Step = state.Step;
    }
}
