using System.Diagnostics;
using Flow.Bench.Sample;
using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Torch;
using Flow.Training.Loop;
using static TorchSharp.torch;

namespace Flow.Bench.Train;

/// <summary>
/// Training steps per second against eager PyTorch on the same libtorch, threads and BLAS kernels, in turns, for a tiny model and one of
/// a1's size; and what share of this machine's sgemm the training reaches.
/// </summary>
public static class TrainBench
{
    const int Rounds = 7;

    // name, model, batch, training steps a round: about a second a side
    static readonly (ModelSpec Model, int Batch, int StepsPerRound)[] Cases =
    [
        (PyTorchDiT.Tiny, 16, 12),
        (PyTorchDiT.A1, 4, 1),
    ];

    /// <summary>Training, then what <see cref="SampleBench"/> measures.</summary>
    public static IEnumerable<Ratio> Measure() => Cases.SelectMany(c => Training(c.Model, c.Batch, c.StepsPerRound)).Concat(SampleBench.Measure());

    static IEnumerable<Ratio> Training(ModelSpec model, int batch, int steps)
    {
        var spec = new TrainSpec(1_000_000, batch, new DiffusionSpec(Loss: LossKind.Mse), new OptimSpec());
        using var session = new TrainingSession(new(model, spec, new TrainingStart.Fresh(), CPU));
        using var peer = PyTorchDiT.Peer("train", model, batch);
        var peak = 0.0;
        var (ours, theirs) = Interleaved.InTurns(peer, steps, Rounds, round =>
        {
            peak = Math.Max(peak, TensorEngine.Current.MeasureMatrixProducts(rounds: 3).Best);
            return Seconds(session, model, batch, steps, round);
        });
        yield return Interleaved.FromSeconds($"train {model.Name}, batch {batch}", "steps/s", steps, ours, theirs);
        // A training step takes three times the forward pass; a MAC is two operations.
        var gflop = 6e-9 * Accounting.ForwardMacs(model) * batch * steps;
        yield return Interleaved.FromSeconds($"train {model.Name}, share of sgemm", "GFLOP/s", gflop, ours, [.. ours.Select(_ => gflop / peak)]);
    }

    /// <summary>Of so many training steps; on an accelerator each waits for its loss, as PyTorch's does.</summary>
    internal static double Seconds(TrainingSession session, ModelSpec model, int batch, int steps, int round)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < steps; i++)
        {
            session.Backward(Batch(model, batch, round * steps + i));
            session.Update(session.GradientNorm());
        }
        // The last update's kernels, too: PyTorch's side waits for its own.
        if (cuda.is_available()) cuda.synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    static LatentShape Shape(ModelSpec model) => new(model.LatentChannels, model.LatentSize, model.LatentSize);

    static LatentBatch Batch(ModelSpec model, int count, long position)
    {
        long[] ids = [.. Enumerable.Range(0, count).Select(i => position * count + i)];
        return new(position, ids, new int[count], [.. ids.Select(id => id % model.Classes)], Shape(model), new float[count * Shape(model).Elements], 0, []);
    }
}
