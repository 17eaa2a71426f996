using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Random;
using Flow.Domain.Runs;
using Flow.Training.Loop;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Loop;

/// <summary>A training small enough for a test, on latents that have something to learn: each label has its own smooth picture.</summary>
static class TinyRuns
{
    public const int Samples = 48;

    public static readonly ModelSpec Model =
        new("tiny", Hidden: 32, Depth: 2, Heads: 4, Patch: 2, LatentSize: 4, LatentChannels: 4, Classes: 3, LearnSigma: false);

    public static TrainingRun Run(int steps = 12, int batch = 8, Func<TrainSpec, TrainSpec>? change = null)
    {
        var train = new TrainSpec(steps, batch, new DiffusionSpec(Loss: LossKind.Mse), new OptimSpec(Lr: 2e-3, EmaDecay: 0.99, EmaRamp: true));
        return new TrainingRun(Model, change?.Invoke(train) ?? train, new TrainingStart.Fresh(), CPU, Threads: 1);
    }

    /// <summary>Batches from a position on; the same at every call.</summary>
    public static IEnumerable<LatentBatch> Batches(int batch = 8, long from = 0, int conditionChannels = 0)
    {
        for (var position = from; ; position++) yield return Batch(position, batch, conditionChannels);
    }

    public static LatentBatch Batch(long position, int batch, int conditionChannels = 0)
    {
        var shape = new LatentShape(Model.LatentChannels, Model.LatentSize, Model.LatentSize);
        long[] ids = [.. Enumerable.Range(0, batch).Select(n => (position * batch + n) % Samples)];
        int[] epochs = [.. Enumerable.Range(0, batch).Select(n => (int)((position * batch + n) / Samples))];
        var condition = new float[batch * conditionChannels * shape.Height * shape.Width];
        new CounterRandom(9, Purpose.Scene, 0, position).Normal(condition);
        return new LatentBatch(position, ids, epochs, [.. ids.Select(id => id % 3)], shape,
            [.. ids.SelectMany(id => Latents(id, shape))], conditionChannels, condition);
    }

    static IEnumerable<float> Latents(long id, LatentShape shape) => Enumerable.Range(0, shape.Elements)
        .Select(i => MathF.Sin(i * (1 + id % 3) * 0.7f) + 0.3f * MathF.Cos(i + id));

    public static TrainingHooks Hooks(
        Action<TrainingState, CheckpointReason>? checkpoint = null, long every = 0, Action<StepRow>? report = null) =>
        new(checkpoint ?? ((_, _) => { }), new CheckpointPolicy(every), report ?? (_ => { }));

    /// <summary>A state that outlives its run.</summary>
    public static TrainingState Copy(TrainingState state) =>
        new(state.Step, Copy(state.Weights), Copy(state.Ema), Copy(state.ExpAvg), Copy(state.ExpAvgSq));

    static Dictionary<string, Tensor> Copy(IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var noGrad = no_grad();
        return tensors.ToDictionary(t => t.Key, t => t.Value.detach().clone().DetachFromDisposeScope());
    }

    /// <summary>Every number of a state, for comparison to the bit.</summary>
    public static Dictionary<string, float[]> Numbers(TrainingState state) =>
        new[] { ("weights", state.Weights), ("ema", state.Ema), ("exp_avg", state.ExpAvg), ("exp_avg_sq", state.ExpAvgSq) }
            .SelectMany(part => part.Item2.Select(t => ($"{part.Item1}.{t.Key}", t.Value.detach().cpu().data<float>().ToArray())))
            .ToDictionary(t => t.Item1, t => t.Item2);
}
