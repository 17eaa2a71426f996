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

    public static Either<Refusal, Unit> Admit(Seq<TrainingPoint> points)
    {
        bool Positive(double value) => value > 0 && double.IsFinite(value);
        var bad = points.Filter(p => !(Positive(p.Params) && Positive(p.Tokens) && Positive(p.Flops) && Positive(p.Loss)));
        return bad.IsEmpty
            ? unit
            : new Refusal(bad.Map(p => new Finding(Reason.BadInput, $"{p} has no logarithm: size, tokens, compute and loss must be positive and finite")));
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
        var centre = points.LogX.Average();
        var (curvature, error) = Quadratic.Test([.. points.LogX.Select(x => x - centre)], points.LogY);
        // Noise-free points bend by rounding alone.
        return Math.Abs(curvature) > 1e-9 && Math.Abs(curvature) > error * StudentT.TwoSided(0.95, points.Count - 3)
            ? Some(new Finding(Reason.Curvature,
                $"the points bend (log-log curvature {curvature:G3}, {Math.Abs(curvature) / error:F1} standard errors from 0): a pure power law will miss beyond the range"))
            : None;
    }

    static Option<Finding> Unfixed(PowerLawFit fit) => fit.Irreducible.Bind(floor =>
        floor.Low < 0.05 * fit.At(fit.LargestX) && floor.High > 0.5 * fit.At(fit.LargestX)
            ? Some(new Finding(Reason.NotIdentified,
                $"the floor is not identified: {floor} at a smallest y of {fit.At(fit.LargestX):G4}; the exponent moves with it"))
            : None);
}
