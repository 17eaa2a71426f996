using Flow.Domain.Data;
using Flow.Domain.Models;
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
    readonly DiffusionProcess process;
    readonly bool bfloat16;
    readonly Workers workers;

    public TrainingSession(TrainingRun run)
    {
        this.run = run;
        workers = new Workers(run.Group ?? new SingleWorker());
        bfloat16 = run.Bfloat16;
        network = Networks.Build(run.Model, run.Train.Seed);
        network.to(run.Device);
        network.train();
        if (run.Start is TrainingStart.From from) Load(from.Weights);
        if (run.Start is TrainingStart.Resume resume) Load(resume.State.Weights);
        optimizer = new Optimizer(network, run.Train.Optim);
        process = DiffusionProcess.Of(run.Train.Diffusion, run.Model.LearnSigma);
        if (run.Start is TrainingStart.Resume { State: var state }) Restore(state);
    }

    /// <summary>Updates done.</summary>
    public long Step { get; private set; }

    /// <summary>The state as views of the living tensors.</summary>
    public TrainingState State => new(Step, optimizer.Weights, optimizer.Average, optimizer.ExpAvg, optimizer.ExpAvgSq);

    /// <summary>Whether this worker writes the checkpoints.</summary>
    public bool IsFirst => workers.IsFirst;

    /// <summary>Whether any worker wants to stop.</summary>
    public bool AnyStops(bool stop) => workers.Any(stop);

    /// <summary>The losses of a batch, or over all workers of their shares of it; the parameters then hold its gradients.</summary>
    public StepLoss Backward(LatentBatch batch)
    {
        var tally = new LossTally();
        foreach (var slice in BatchSlices.Of(batch, run.Train.MicroBatch.IfNone(batch.Count)))
            Backward(slice, slice.Count / (double)batch.Count, tally);
        workers.AverageGradients(optimizer.Parameters);
        return tally.Of(workers);
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

    void Backward(LatentBatch slice, double share, LossTally tally)
    {
        using var scope = NewDisposeScope();
        var (seed, shape) = (run.Train.Seed, slice.Shape);
        var x0_NCHW = OnDevice(slice.Target, slice.Count, shape.Channels, shape);
        var noise_NCHW = OnDevice(StepNoise.Of(slice, seed), slice.Count, shape.Channels, shape);
        var times = process.DrawTimes(seed, slice.Epochs, slice.SampleIds);
        var y_N = tensor(ShownLabels.InTraining(run.Model, slice, seed), device: run.Device);
        var condition_NCHW = OnDevice(slice.Condition, slice.Count, slice.ConditionChannels, shape);
        var routings = new List<Routing>();
        var terms = DiffusionLoss.Compute(
            process, (x_NCHW, t_N) => Predict(cat([condition_NCHW, x_NCHW], 1), t_N, y_N, routings), x0_NCHW, times, noise_NCHW);
        var (loss, balance) = (terms.Total.mean(), Balance(routings, x0_NCHW));
        ((loss + balance) * share).backward();
        var values = (stack([terms.Mse?.mean() ?? zeros_like(loss), loss, balance], 0) * share).detach().to(float64).cpu().data<double>();
        tally.Add(new LossParts(values[0], values[1] - values[0], values[2]));
        tally.AddLoads(routings);
        if (run.Model.Conditioning == Conditioning.Generalist) tally.AddTasks(slice.Labels, terms.Total);
    }

    Tensor Predict(Tensor x_NCHW, Tensor t_N, Tensor y_N, List<Routing> routings)
    {
        using var autocast = bfloat16 ? TensorEngine.Current.Autocast(run.Device) : null;
        return network.forward(x_NCHW, t_N, y_N, routings);
    }

    Tensor OnDevice(float[] values, int count, int channels, LatentShape shape) =>
        tensor(values, [count, channels, shape.Height, shape.Width], device: run.Device);

    /// <summary>Each layer's balance loss carries its own weight.</summary>
    static Tensor Balance(List<Routing> routings, Tensor like) =>
        routings.Count == 0 ? like.new_zeros([]) : stack(routings.Select(r => r.Balance), 0).sum();

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
