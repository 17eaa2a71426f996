using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>The quality checks of isoFLOP points that scaling-law-analysis proposes (facts/scaling.md section 1.2).</summary>
internal static class ProfileChecks
{
    /// <param name="flops">The budget, for the message.</param>
    /// <param name="x">log size, increasing.</param>
    /// <param name="y">Loss.</param>
    public static Seq<Finding> Of(double flops, double[] x, double[] y)
    {
        Option<Finding> When(bool condition, Reason reason, string text) => condition ? Some(new Finding(reason, $"budget {flops:G3}: {text}")) : None;
        var lowest = System.Array.IndexOf(y, y.Min());
        var distinct = x.Distinct().Count();
        return Seq(
            When(x.Length < 6, Reason.FewPoints, $"{x.Length} points: six or more show whether the profile is a parabola"),
            When(distinct < x.Length && x.Where((v, i) => i > 0 && v == x[i - 1] && y[i] == y[i - 1]).Any(), Reason.SuspectPoint, "the same point twice"),
            When(lowest == 0 || lowest == x.Length - 1, Reason.OptimumAtEdge, "the lowest loss is at the edge of its sizes"),
            When(x.Length >= 4 && Flat(x, y), Reason.Curvature, "the curvature does not differ from 0 by its noise: the optimum could be anywhere"),
            When(lowest > 0 && lowest < x.Length - 1 && OffCentre(x, lowest), Reason.OptimumAtEdge, "the sizes lie mostly on one side of the optimum: parabolas lean that way"),
            distinct == x.Length ? Outlier(x, y).Bind(i => When(true, Reason.SuspectPoint, $"the loss {y[i]:G5} at size {Math.Exp(x[i]):G3} contradicts its neighbours")) : None)
            .Somes();
    }

    static bool Flat(double[] x, double[] y)
    {
        var centre = x.Average();
        var z = x.Select(v => v - centre).ToArray();
        return Quadratic.Test(z, y) is var (curvature, error) && curvature < StudentT.TwoSided(0.95, x.Length - 3) * error;
    }

    /// <summary>More than four times as much room (in log size) on one side as on the other.</summary>
    static bool OffCentre(double[] x, int lowest)
    {
        var (left, right) = (x[lowest] - x[0], x[^1] - x[lowest]);
        return Math.Max(left, right) > 4 * Math.Min(left, right);
    }

    /// <summary>Leave-one-out: a point more than six robust standard deviations away from Akima's curve through the others.</summary>
    static Option<int> Outlier(double[] x, double[] y)
    {
        if (x.Length < 7) return None;
        var inner = Enumerable.Range(1, x.Length - 2).ToArray();
        var misses = inner.Select(i => y[i] - new Akima([.. x.Where((_, k) => k != i)], [.. y.Where((_, k) => k != i)]).At(x[i])).ToArray();
        var scale = 1.4826 * Median(misses.Select(Math.Abs));
        var worst = Enumerable.Range(0, misses.Length).MaxBy(i => Math.Abs(misses[i]));
        // An outlier spoils its neighbours' predictions too, so only the worst is named.
        return Math.Abs(misses[worst]) > 6 * Math.Max(scale, 1e-4 * y.Average()) ? Some(inner[worst]) : None;
    }

    static double Median(IEnumerable<double> values) => Bootstrap.Quantile([.. values.Order()], 0.5);
}
