using Flow.Domain.Laws.Optimise;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>
/// When to refuse and when to warn: the objections that reviewers raised against published scaling laws (facts/scaling.md section 0).
/// </summary>
internal static class Evidence
{
    public static Either<Refusal, Unit> Admit(Seq<Observation> observations, Floor floor)
    {
        var bad = observations.Filter(o => !(o.X > 0 && o.Y > 0 && double.IsFinite(o.X) && double.IsFinite(o.Y)));
        if (!bad.IsEmpty)
            return new Refusal(bad.Map(o => new Finding(Reason.BadInput, $"the point ({o.X}, {o.Y}) of run {o.Run} has no logarithm: both must be positive and finite")));
        var needed = floor == Floor.Fitted ? 4 : 3;
        var distinct = observations.IsEmpty ? 0 : LogPoints.Of(observations).Levels().Length;
        return distinct < needed
            ? new Refusal(Reason.TooFewPoints,
                $"{distinct} different x can't carry a power law{(needed == 4 ? " with a floor" : "")}: at least {needed} are needed, five or more are convincing")
            : unit;
    }

    public static Seq<Finding> Warnings(LogPoints points, PowerLawFit fit) =>
        Seq(FewPoints(points.Levels().Length, "different x"), ShortRange(points.Decades, "x"), Bent(points, fit), Unfixed(fit)).Somes();

    public static Option<Finding> FewPoints(int count, string of) => count < 5
        ? Some(new Finding(Reason.FewPoints, $"only {count} {of}: five or more are needed before the exponent can be trusted"))
        : None;

    public static Option<Finding> ShortRange(double decades, string of) => decades < 1
        ? Some(new Finding(Reason.ShortRange, $"{of} spans {decades:F2} decades: less than one decade can't tell a power law from a straight line"))
        : None;

    /// <summary>A quadratic term of log y in log x that differs from 0 by more than its scatter.</summary>
    static Option<Finding> Bent(LogPoints points, PowerLawFit fit)
    {
        if (fit.Irreducible.IsSome || points.Levels().Length < 5) return None;
        return Quadratic(points).Bind(test => test.T > StudentT.TwoSided(0.95, points.Count - 3)
            ? Some(new Finding(Reason.Curvature,
                $"the points bend (log-log curvature {test.Curvature:G3}, {test.T:F1} standard errors from 0): a pure power law will miss beyond the range"))
            : None);
    }

    static Option<(double Curvature, double T)> Quadratic(LogPoints points)
    {
        var centre = points.LogX.Average();
        var z = points.LogX.Select(x => x - centre).ToArray();
        var (c0, c1, c2) = LinearLeastSquares.Parabola(z, points.LogY);
        var rest = z.Select((x, i) => points.LogY[i] - c0 - c1 * x - c2 * x * x).Sum(r => r * r);
        // The variance of c2 is that of the residuals over what is left of z^2 after a straight line.
        var square = z.Select(x => x * x).ToArray();
        var line = LinearLeastSquares.Line(z, square);
        var left = z.Select((x, i) => square[i] - line.Intercept - line.Slope * x).Sum(r => r * r);
        var error = Math.Sqrt(rest / (points.Count - 3) / left);
        // Noise-free points bend by rounding alone.
        return Math.Abs(c2) < 1e-9 ? None : Some((c2, Math.Abs(c2) / error));
    }

    static Option<Finding> Unfixed(PowerLawFit fit) => fit.Irreducible.Bind(floor =>
        floor.Low < 0.05 * fit.At(fit.LargestX) && floor.High > 0.5 * fit.At(fit.LargestX)
            ? Some(new Finding(Reason.NotIdentified,
                $"the floor is not identified: {floor} at a smallest y of {fit.At(fit.LargestX):G4}; the exponent moves with it"))
            : None);
}
