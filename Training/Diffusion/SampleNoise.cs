using Flow.Domain.Random;
using static TorchSharp.torch;

namespace Flow.Training.Diffusion;

/// <summary>Standard normal noise that belongs to samples, not to batches: a function of (seed, purpose, draw, sample id) and the element.</summary>
public static class SampleNoise
{
    /// <summary>Noise shaped and placed as <paramref name="like"/>, [N, ...] with one id per row.</summary>
    /// <param name="draw">Tells apart several draws for one sample, e.g. the epoch.</param>
    public static Tensor Of(Tensor like, long[] sampleIds, Purpose purpose, int draw, int seed) =>
        Of(like.shape, like.device, sampleIds, i => new CounterRandom(seed, purpose, draw, sampleIds[i]));

    internal static Tensor Of(long[] shape, Device device, long[] sampleIds, Func<int, CounterRandom> random)
    {
        if (shape[0] != sampleIds.Length) throw new ArgumentException($"{sampleIds.Length} sample ids for {shape[0]} rows", nameof(sampleIds));
        var each = (int)shape[1..].Aggregate(1L, (a, b) => a * b);
        var values = new float[sampleIds.Length * each];
        for (var i = 0; i < sampleIds.Length; i++) random(i).Normal(values.AsSpan(i * each, each));
        return tensor(values, shape).to(device);
    }
}
