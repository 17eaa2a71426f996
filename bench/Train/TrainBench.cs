using System.Diagnostics;
using System.Globalization;
using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Torch;
using Flow.Training.Diffusion;
using Flow.Training.Loop;
using Flow.Training.Models;
using Flow.Training.Sampling;
using static TorchSharp.torch;

namespace Flow.Bench.Train;

/// <summary>
/// Training steps per second and DDIM images per second against eager PyTorch on the same libtorch, threads and BLAS kernels, in turns,
/// for a tiny model and one of a1's size; and what share of this machine's sgemm the training reaches.
/// </summary>
public static class TrainBench
{
    const int Rounds = 7, SamplingSteps = 10;

    // name, model, batch, training steps a round: about a second a side
    static readonly (ModelSpec Model, int Batch, int StepsPerRound)[] Cases =
    [
        (new ModelSpec("tiny", 128, 4, 4, LatentSize: 16, LearnSigma: false), 16, 8),
        (new ModelSpec("a1", 256, 12, 16, LearnSigma: false), 4, 1),
    ];

    public static IEnumerable<Ratio> Measure() => Cases.SelectMany(c => Training(c.Model, c.Batch, c.StepsPerRound))
        .Concat(Cases.SelectMany(c => new[] { Sampling(c.Model, 1), Sampling(c.Model, 4) }));

    static IEnumerable<Ratio> Training(ModelSpec model, int batch, int steps)
    {
        var spec = new TrainSpec(1_000_000, batch, new DiffusionSpec(Loss: LossKind.Mse), new OptimSpec());
        using var session = new TrainingSession(new(model, spec, new TrainingStart.Fresh(), CPU));
        using var peer = Peer("train", model, batch);
        var peak = 0.0;
        var (ours, theirs) = InTurns(peer, steps, round =>
        {
            peak = Math.Max(peak, TensorEngine.Current.MeasureMatrixProducts(rounds: 3).Best);
            return Seconds(() =>
            {
                for (var i = 0; i < steps; i++) Step(session, Batch(model, batch, round * steps + i));
            });
        });
        yield return Interleaved.FromSeconds($"train {model.Name}, batch {batch}", "steps/s", steps, ours, theirs);
        // A training step takes three times the forward pass; a MAC is two operations.
        var gflop = 6e-9 * Accounting.ForwardMacs(model) * batch * steps;
        yield return Interleaved.FromSeconds($"train {model.Name}, share of sgemm", "GFLOP/s", gflop, ours, [.. ours.Select(_ => gflop / peak)]);
    }

    static void Step(TrainingSession session, LatentBatch batch)
    {
        session.Backward(batch);
        session.Update(session.GradientNorm());
    }

    static Ratio Sampling(ModelSpec model, int batch)
    {
        using var network = Networks.Build(model, seed: 0);
        network.eval();
        using var peer = Peer("sample", model, batch);
        var process = DiffusionProcess.Of(new DiffusionSpec(Loss: LossKind.Mse), learnSigma: false);
        var request = new SamplingBatch(Shape(model), [.. Enumerable.Range(0, batch).Select(i => (long)i)], new long[batch]);
        var (ours, theirs) = InTurns(peer, 1, _ => Seconds(() =>
            Sampler.Predict((x, t, y) => network.forward(x, t, y), process, new SamplerSpec(SamplingSteps), request, 0, CPU).Dispose()));
        return Interleaved.FromSeconds($"sample {model.Name}, batch {batch}", "images/s", batch, ours, theirs);
    }

    // Both sides once to warm up, then rounds whose order alternates.
    static (double[] Ours, double[] Theirs) InTurns(PythonPeer peer, int units, Func<int, double> measureOurs)
    {
        measureOurs(0);
        peer.Run(units);
        var (ours, theirs) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            if (round % 2 == 0) (ours[round], theirs[round]) = (measureOurs(round + 1), peer.Run(units));
            else (theirs[round], ours[round]) = (peer.Run(units), measureOurs(round + 1));
        }
        return (ours, theirs);
    }

    static PythonPeer Peer(string mode, ModelSpec model, int batch) => new(
        "Train/pytorch_dit.py", get_num_threads(),
        new object[] { mode, model.Hidden, model.Depth, model.Heads, model.LatentSize, batch }.Select(a => Convert.ToString(a, CultureInfo.InvariantCulture)!));

    static LatentShape Shape(ModelSpec model) => new(model.LatentChannels, model.LatentSize, model.LatentSize);

    static LatentBatch Batch(ModelSpec model, int count, long position)
    {
        long[] ids = [.. Enumerable.Range(0, count).Select(i => position * count + i)];
        return new(position, ids, new int[count], [.. ids.Select(id => id % model.Classes)], Shape(model), new float[count * Shape(model).Elements], 0, []);
    }

    static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
