using Flow.Domain.Laws;

namespace Flow.Training.Metrics;

/// <summary>A mean over samples and, around it, where it would lie had other samples been drawn (percentile bootstrap, Efron 1979).</summary>
public static class SampleMean
{
    /// <summary>
    /// The mean and its interval. Resamples depend on the seed and the number of samples alone, so that two models' intervals on the same
    /// samples are paired.
    /// </summary>
    /// <param name="values">One value per sample; at least one.</param>
    /// <param name="level">Coverage.</param>
    public static Estimate Of(IReadOnlyList<double> values, int seed, int resamples = 1000, double level = 0.95)
    {
        if (values.Count == 0) throw new ArgumentException("no sample to average", nameof(values));
        var means = Bootstrap.Run(resamples, r => Bootstrap.Counts(seed, r, values.Count).Zip(values, (count, value) => count * value).Sum() / values.Count);
        return Bootstrap.Around(values.Average(), means, level);
    }
}
