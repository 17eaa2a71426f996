using System.Diagnostics;
using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Training.Diffusion;
using Flow.Training.Models;
using Flow.Training.Sampling;
using static TorchSharp.torch;

namespace Flow.Bench.Sample;

/// <summary>
/// DDIM images per second, ten steps, one image and eight at a time, against eager PyTorch in turns: a tiny DiT, and one of a1's size.
/// </summary>
public static class SampleBench
{
    const int Rounds = 7, Steps = 10;

    // model, batch, batches a round: a fifth of a second a side at least
    static readonly (ModelSpec Model, int Batch, int PerRound)[] Cases =
    [
        (PyTorchDiT.Tiny, 1, 8),
        (PyTorchDiT.Tiny, 8, 2),
        (PyTorchDiT.A1, 1, 1),
        (PyTorchDiT.A1, 8, 1),
    ];

    public static IEnumerable<Ratio> Measure() => Cases.Select(one => Case(one.Model, one.Batch, one.PerRound));

    static Ratio Case(ModelSpec model, int batch, int perRound)
    {
        using var network = Networks.Build(model, seed: 0);
        network.eval();
        using var peer = PyTorchDiT.Peer("sample", model, batch);
        var process = DiffusionProcess.Of(new DiffusionSpec(Loss: LossKind.Mse), learnSigma: false);
        var request = new SamplingBatch(
            new LatentShape(model.LatentChannels, model.LatentSize, model.LatentSize), [.. Enumerable.Range(0, batch).Select(i => (long)i)], new long[batch]);
        var (ours, theirs) = Interleaved.InTurns(peer, perRound, Rounds, _ => Seconds(() =>
        {
            for (var i = 0; i < perRound; i++)
                Sampler.Predict((x, t, y) => network.forward(x, t, y), process, new SamplerSpec(Steps), request, 0, CPU).Dispose();
        }));
        return Interleaved.FromSeconds($"sample {model.Name}, batch {batch}", "images/s", batch * perRound, ours, theirs);
    }

    static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
