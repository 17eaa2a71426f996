using Flow.Domain.Laws.Optimise;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>
/// y = a + b x^-c0 (1 + (x/d)^(1/f))^(-c1 f): a power law whose exponent changes from c0 to c0 + c1 around x = d, over a width of f in log x
/// (Caballero et al. 2023, one break).
/// </summary>
public readonly record struct BrokenCurve(double A, double B, double C0, double C1, double D, double F)
{
    public double At(double x) => A + B * Math.Exp(-C0 * Math.Log(x) - C1 * F * Softplus(Math.Log(x / D) / F));

    internal bool IsFinite => double.IsFinite(A) && double.IsFinite(B) && double.IsFinite(C0) && double.IsFinite(C1) && double.IsFinite(D) && double.IsFinite(F);

    internal static double Softplus(double v) => v > 30 ? v : Math.Log(1 + Math.Exp(v));
}

/// <summary>A broken power law through points.</summary>
/// <param name="Spread">Root mean square of the residuals of log y (rmsle).</param>
/// <param name="HoldOut">The largest x predicted from the others; none below eight points.</param>
/// <param name="Resampled">The curve of every resample.</param>
public sealed record BrokenFit(
    BrokenCurve Curve, double Spread, Option<HoldOut> HoldOut, Seq<Observation> Observations, Seq<BrokenCurve> Resampled, double Level, Seq<Finding> Warnings)
{
    /// <summary>Any quantity of the curve with its bootstrap interval.</summary>
    public Estimate Of(Func<BrokenCurve, double> quantity) => Bootstrap.Around(quantity(Curve), Resampled.Map(quantity), Level);

    /// <summary>y at x with the law's own uncertainty; beyond the points at least as wide as the error in predicting the largest of them.</summary>
    public Estimate Band(double x)
    {
        var (estimate, decades) = (Of(curve => curve.At(x)), Math.Log10(x / Observations.Map(o => o.X).Max()));
        return decades > 0 ? HoldOut.Match(hindcast => hindcast.Widen(estimate, decades), () => estimate) : estimate;
    }
}

/// <summary>
/// Fits a broken power law: the check of whether one straight line in log-log is enough. Six constants: no claim beyond the last break, and a
/// break that lies beyond the points is not found.
/// </summary>
public static class BrokenLaw
{
    const int Constants = 6;

    public static Either<Refusal, BrokenFit> Fit(Seq<(double X, double Y)> points, FitOptions? options = null) =>
        Fit(points.Map((i, p) => new Observation(p.X, p.Y, $"{i}")).ToSeq().Strict(), options);

    /// <param name="options">Bootstrap: how many resamples, level and seed. The curve is always least squares of log y.</param>
    public static Either<Refusal, BrokenFit> Fit(Seq<Observation> observations, FitOptions? options = null) =>
        Evidence.Admit(observations, Floor.None).Bind(_ => observations.Count > Constants
            ? Whole(LogPoints.Of(observations), observations, options ?? new FitOptions())
            : new Refusal(Reason.TooFewPoints, $"{observations.Count} points can't carry the six constants of a broken power law: at least 7 are needed"));

    static Either<Refusal, BrokenFit> Whole(LogPoints points, Seq<Observation> observations, FitOptions how)
    {
        var (curve, value, at) = Best(points);
        var resampled = Bootstrap.Run(how.Resamples, b => Again(Resample(points, curve, how, b), at)).Where(found => found.IsFinite).ToSeq().Strict();
        return new BrokenFit(curve, Math.Sqrt(2 * value / points.Count), HeldOut(points), observations, resampled, how.Level, Warnings(curve, points));
    }

    /// <summary>Whole runs drawn with replacement where runs have several points; else residuals, scaled so that few points give Student's interval (as in <see cref="PowerLaw"/>).</summary>
    static LogPoints Resample(LogPoints points, BrokenCurve curve, FitOptions how, int number)
    {
        if (points.Runs < points.Count && points.Runs >= 3)
        {
            var counts = Bootstrap.Counts(how.Seed, number, points.Runs);
            var kept = Enumerable.Range(0, points.Count).SelectMany(i => Enumerable.Repeat(i, (int)counts[points.Run[i]])).ToArray();
            return points with { LogX = [.. kept.Select(i => points.LogX[i])], LogY = [.. kept.Select(i => points.LogY[i])] };
        }
        var degrees = Math.Max(1, points.Count - Constants);
        var scale = StudentT.TwoSided(how.Level, degrees) / StudentT.TwoSided(how.Level, 10_000) * Math.Sqrt((double)points.Count / degrees);
        var fitted = points.LogX.Select(x => Math.Log(curve.At(Math.Exp(x)))).ToArray();
        var drawn = Bootstrap.Draw(how.Seed, number, points.Count, points.Count);
        return points with { LogY = [.. fitted.Select((y, i) => y + scale * (points.LogY[drawn[i]] - fitted[drawn[i]]))] };
    }

    /// <summary>The fit of a resample: from the curve of all points, which is near.</summary>
    static BrokenCurve Again(LogPoints points, double[] from)
    {
        var residuals = new BrokenResiduals(points.LogX, points.LogY);
        return BrokenResiduals.Curve(LevenbergMarquardt.Minimise(residuals.Evaluate, points.Count, from, 100).At);
    }

    static Option<HoldOut> HeldOut(LogPoints points)
    {
        var levels = points.Levels();
        var kept = points.Below(levels[^1] - 1e-9);
        return kept.Count < 7
            ? Option<HoldOut>.None
            : new HoldOut(Math.Exp(levels[^1]), Best(kept).Curve.At(Math.Exp(levels[^1])), Math.Exp(points.MeanAt(levels[^1])), (levels[^1] - levels[^2]) / Math.Log(10));
    }

    static (BrokenCurve Curve, double Value, double[] At) Best(LogPoints points)
    {
        var residuals = new BrokenResiduals(points.LogX, points.LogY);
        Minimum[] Race(IEnumerable<double[]> starts, int iterations) =>
            [.. starts.ToArray().AsParallel().AsOrdered().Select(start => LevenbergMarquardt.Minimise(residuals.Evaluate, points.Count, start, iterations))];
        var raced = Race(Starts(points), 60).OrderBy(m => m.Value).Take(8).Select(m => m.At);
        var winner = Race(raced, 500).MinBy(m => m.Value)!;
        // Noise-free points before a break lie along a valley that takes thousands of steps; with noise the search ends at once.
        var best = LevenbergMarquardt.Minimise(residuals.Evaluate, points.Count, winner.At, 20_000);
        return (BrokenResiduals.Curve(best.At), best.Value, best.At);
    }

    /// <summary>
    /// Breaks at seven places, the last two beyond the range, where noise-free points already bend towards them; four widths, three changes of slope, and three floors.
    /// </summary>
    static IEnumerable<double[]> Starts(LogPoints points)
    {
        var line = points.Fit(false, double.PositiveInfinity);
        var lowest = points.LogY.Min();
        return from place in new[] { 0.1, 0.3, 0.5, 0.7, 0.9, 1.05, 1.2 }
               from width in new[] { 0.05, 0.12, 0.25, 0.8 }
               from change in new[] { -0.3, 0.3, 3 }
               from floor in new[] { 0.05, 0.3, 0.7 }
               select new[]
               {
                   lowest + Math.Log(floor), points.LogY[0] - Math.Min(line.Exponent, -0.01) * points.LogX[0], Math.Max(-line.Exponent, 0.01), change,
                   points.LogX[0] + place * (points.LogX[^1] - points.LogX[0]), Math.Log(width),
               };
    }

    static Seq<Finding> Warnings(BrokenCurve curve, LogPoints points)
    {
        var (first, last) = (Math.Exp(points.LogX[0]), Math.Exp(points.LogX[^1]));
        if (Math.Abs(curve.C1) < 0.02) return Seq<Finding>();
        return curve.D > first && curve.D < last
            ? Seq1(new Finding(Reason.Curvature, $"the slope changes from {-curve.C0:G3} to {-curve.C0 - curve.C1:G3} around x = {curve.D:G4}: one power law can't carry both sides"))
            : Seq1(new Finding(Reason.NotIdentified, $"the break at x = {curve.D:G4} lies outside the points: the data show no break"));
    }
}
