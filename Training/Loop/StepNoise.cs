using Flow.Domain.Data;
using Flow.Domain.Random;

namespace Flow.Training.Loop;

/// <summary>
/// The noise of a training step. Each sample's depends on (seed, epoch, sample id) alone, as its timestep and the dropping of its label do:
/// a resumed run needs no generator's state, and a batch split over forward passes or workers draws the same numbers.
/// </summary>
public static class StepNoise
{
    /// <summary>Standard normal noise like the target, [N, C, H, W].</summary>
    public static float[] Of(LatentBatch batch, int seed)
    {
        var elements = batch.Shape.Elements;
        var noise_NCHW = new float[batch.Count * elements];
        Parallel.For(0, batch.Count, n =>
            new CounterRandom(seed, Purpose.Noise, batch.Epochs[n], batch.SampleIds[n]).Normal(noise_NCHW.AsSpan(n * elements, elements)));
        return noise_NCHW;
    }
}
