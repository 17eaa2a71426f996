using Flow.Domain.Random;

namespace Flow.Training.Models;

/// <summary>Classifier-free guidance's label dropout: some training labels become the null label (Ho and Salimans 2022; 10 % in DiT).</summary>
public static class LabelDropout
{
    /// <summary>
    /// The labels the network is shown. Whether a label is dropped depends on (seed, epoch, sample id) alone, so that a resumed run drops
    /// the same ones.
    /// </summary>
    public static long[] Apply(long[] labels, long[] sampleIds, int[] epochs, double probability, long nullLabel, int seed)
    {
        var shown = new long[labels.Length];
        for (var i = 0; i < labels.Length; i++)
            shown[i] = IsDropped(seed, epochs[i], sampleIds[i], probability) ? nullLabel : labels[i];
        return shown;
    }

    static bool IsDropped(int seed, int epoch, long sample, double probability) =>
        probability > 0 && new CounterRandom(seed, Purpose.LabelDrop, epoch, sample).Uniform(0) < probability;
}
