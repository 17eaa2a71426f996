using Flow.Domain.Data;
using Flow.Domain.Random;

namespace Flow.Training.Loop;

/// <summary>
/// The random numbers of a training step. Each depends on (seed, purpose, epoch, sample id) alone: a resumed run needs no generator's
/// state, and a batch split over forward passes or workers draws the same numbers.
/// </summary>
public static class StepDraws
{
    /// <summary>Timesteps uniform in 0 .. T-1, one per sample.</summary>
    public static long[] Timesteps(LatentBatch batch, int seed, int timesteps)
    {
        var t = new long[batch.Count];
        for (var n = 0; n < t.Length; n++)
            t[n] = new CounterRandom(seed, Purpose.Timestep, batch.Epochs[n], batch.SampleIds[n]).Below(0, timesteps);
        return t;
    }

    /// <summary>Standard normal noise like the target, [N, C, H, W].</summary>
    public static float[] Noise(LatentBatch batch, int seed)
    {
        var elements = batch.Shape.Elements;
        var noise_NCHW = new float[batch.Count * elements];
        Parallel.For(0, batch.Count, n =>
            new CounterRandom(seed, Purpose.Noise, batch.Epochs[n], batch.SampleIds[n]).Normal(noise_NCHW.AsSpan(n * elements, elements)));
        return noise_NCHW;
    }
}
