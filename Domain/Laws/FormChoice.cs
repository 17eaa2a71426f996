using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>Pure power law or one with a floor? Decided by what predicts and fits; what stays undecided widens the predictions.</summary>
/// <param name="Floor">Whether the law gets an irreducible term.</param>
/// <param name="Rival">The curve of the form that was not chosen, when the data can't exclude it.</param>
internal sealed record FormChoice(bool Floor, Option<PowerLawCurve> Rival, Seq<Finding> Remarks)
{
    /// <summary>
    /// A loss has a floor unless the data speak against it: the floor is taken when it leaves less scatter per degree of freedom and
    /// its hindcast is at most a tenth worse. On the optima of facts/tiny.md the hindcasts tie and the pure law then misses the next budget by 5.4 %,
    /// the floor by 2.4 %; on a true power law the fitted floor is 0 and leaves the same scatter over fewer degrees.
    /// </summary>
    public static FormChoice Of(LogPoints points, FitOptions how)
    {
        if (how.Floor != Laws.Floor.Chosen) return new(how.Floor == Laws.Floor.Fitted, None, Seq<Finding>());
        var pure = points.Fit(false, how.HuberDelta);
        if (points.Levels().Length < 5 || pure.Exponent >= 0) return new(false, None, Seq<Finding>());
        var floored = points.Fit(true, how.HuberDelta);
        var ratio = (from with in Hindcast.Error(points, true, how.HuberDelta)
                     from without in Hindcast.Error(points, false, how.HuberDelta)
                     select with / Math.Max(without, 1e-12)).IfNone(1);
        var floor = ratio <= 1.1 && points.Spread(floored, true) < points.Spread(pure, false);
        var decided = floor ? ratio < 0.5 : ratio > 2 || floored.Irreducible < 1e-3 * Math.Exp(points.LogY.Min());
        return decided
            ? new(floor, None, Seq<Finding>())
            : new(floor, Some(floor ? pure : floored), Seq1(Undecided(floor, ratio)));
    }

    static Finding Undecided(bool floor, double ratio) => new(Reason.FormUndecided,
        $"the data do not decide between y = A x^b and y = E + A x^b: the floor's hindcast error is {ratio:F2} of the pure law's; "
        + $"{(floor ? "the floor" : "the pure law")} is shown, and predictions beyond the range cover both");
}
