using Flow.Domain.Random;

namespace Flow.Training.Metrics;

/// <summary>A mean over samples and where it would lie had other samples been drawn.</summary>
/// <param name="Low">Lower end of the percentile interval.</param>
/// <param name="High">Upper end of the percentile interval.</param>
public readonly record struct BootstrapInterval(double Mean, double Low, double High)
{
    /// <summary>
    /// The percentile bootstrap over samples (Efron 1979). The resamples depend on the seed and the number of samples alone, so that
    /// intervals of two models on the same samples are paired.
    /// </summary>
    /// <param name="values">One value per sample; at least one.</param>
    /// <param name="level">Coverage, 0.95 by default.</param>
    public static BootstrapInterval Of(IReadOnlyList<double> values, int seed, int resamples = 1000, double level = 0.95)
    {
        if (values.Count == 0) throw new ArgumentException("no sample to average", nameof(values));
        var means = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            var draw = new CounterRandom(seed, Purpose.Bootstrap, epoch: 0, sample: r);
            for (var i = 0; i < values.Count; i++) means[r] += values[(int)draw.Below(i, values.Count)];
            means[r] /= values.Count;
        }
        Array.Sort(means);
        return new(values.Average(), Quantile(means, (1 - level) / 2), Quantile(means, (1 + level) / 2));
    }

    /// <summary>Linear interpolation between order statistics.</summary>
    static double Quantile(double[] sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        return sorted[below] + (position - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }
}
