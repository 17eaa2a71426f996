using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>The points of a one-dimensional law by their logarithms, from small x to large, each with the number of its run.</summary>
internal sealed record LogPoints(double[] LogX, double[] LogY, int[] Run, double[] Weight)
{
    public int Count => LogX.Length;

    public int Runs => Run.Max() + 1;

    public double Decades => (LogX[^1] - LogX[0]) / Math.Log(10);

    public static LogPoints Of(Seq<Observation> observations)
    {
        var sorted = observations.OrderBy(o => o.X).ThenBy(o => o.Y).ToArray();
        var runs = sorted.Select(o => o.Run).Distinct().Select((run, i) => (run, i)).ToDictionary(p => p.run, p => p.i);
        return new([.. sorted.Select(o => Math.Log(o.X))], [.. sorted.Select(o => Math.Log(o.Y))], [.. sorted.Select(o => runs[o.Run])], [.. sorted.Select(o => o.Weight)]);
    }

    /// <summary>The points whose x is below a limit (of log x).</summary>
    public LogPoints Below(double limit)
    {
        var kept = Array.FindAll([.. Enumerable.Range(0, Count)], i => LogX[i] < limit);
        return new([.. kept.Select(i => LogX[i])], [.. kept.Select(i => LogY[i])], [.. kept.Select(i => Run[i])], [.. kept.Select(i => Weight[i])]);
    }

    /// <param name="counts">How often each point counts in a resample; none means once.</param>
    public PowerLawCurve Fit(bool floor, double huberDelta, double[]? counts = null) =>
        PowerLawCurve.Fit(LogX, LogY, floor, huberDelta, counts is null ? Weight : [.. counts.Select((c, i) => c * Weight[i])]);

    public double[] Residuals(PowerLawCurve curve) => [.. LogX.Select((x, i) => LogY[i] - Math.Log(curve.At(Math.Exp(x))))];

    public double Spread(PowerLawCurve curve, bool floor) =>
        Math.Sqrt(Residuals(curve).Sum(r => r * r) / Math.Max(1, Count - (floor ? 3 : 2)));

    /// <summary>The different x; runs repeated with other seeds share one. Equal to 1e-9 relative is the same.</summary>
    public double[] Levels()
    {
        var levels = new List<double>();
        foreach (var x in LogX)
            if (levels.Count == 0 || x - levels[^1] > 1e-9) levels.Add(x);
        return [.. levels];
    }

    public int DistinctX(double[] weights) => LogX.Where((_, i) => weights[i] > 0).Distinct().Count();

    /// <summary>Mean of log y at one of the <see cref="Levels"/>.</summary>
    public double MeanAt(double level) => LogY.Where((_, i) => Math.Abs(LogX[i] - level) <= 1e-9).Average();
}
