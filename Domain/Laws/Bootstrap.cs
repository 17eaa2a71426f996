using Flow.Domain.Random;

namespace Flow.Domain.Laws;

/// <summary>
/// The bootstrap of Efron: what a fit would have been on other data of the same kind. Every resample is a pure function of
/// (seed, its number), so resamples run on all cores and come out the same on one.
/// </summary>
public static class Bootstrap
{
    /// <summary>Runs resample 0, 1, ... on all cores, in order.</summary>
    public static T[] Run<T>(int resamples, Func<int, T> resample) =>
        [.. ParallelEnumerable.Range(0, resamples).AsOrdered().Select(resample)];

    /// <summary>How often each of <paramref name="count"/> runs appears in a resample drawn with replacement.</summary>
    public static double[] Counts(int seed, int resample, int count)
    {
        var random = new CounterRandom(seed, Purpose.Bootstrap, 0, resample);
        var counts = new double[count];
        for (var i = 0; i < count; i++) counts[random.Below(i, count)]++;
        return counts;
    }

    /// <summary>Indices drawn with replacement from <paramref name="count"/> residuals: <paramref name="draws"/> of them.</summary>
    public static int[] Draw(int seed, int resample, int count, int draws)
    {
        var random = new CounterRandom(seed, Purpose.Bootstrap, 1, resample);
        return [.. Enumerable.Range(0, draws).Select(i => (int)random.Below(i, count))];
    }

    /// <summary>The central interval of the resampled values around an estimate; the whole line when there are none.</summary>
    public static Estimate Around(double value, IEnumerable<double> resampled, double level)
    {
        var sorted = resampled.Where(double.IsFinite).Order().ToArray();
        if (sorted.Length == 0) return new(value, double.NegativeInfinity, double.PositiveInfinity);
        var tail = (1 - level) / 2;
        // A percentile interval can miss a biased estimate; an interval that excludes its own estimate helps nobody.
        return new(value, Math.Min(value, Quantile(sorted, tail)), Math.Max(value, Quantile(sorted, 1 - tail)));
    }

    /// <summary>Linear interpolation between order statistics (the default of most statistics packages).</summary>
    public static double Quantile(double[] sorted, double probability)
    {
        var position = probability * (sorted.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }

    public static double StandardDeviation(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, values.Count - 1));
    }
}
