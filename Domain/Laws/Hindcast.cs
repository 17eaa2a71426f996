using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>Predicting the points that are already there from the smaller ones: the only honest estimate of an extrapolation's error.</summary>
internal static class Hindcast
{
    /// <summary>The largest x predicted from all others; none when fewer than three (with a floor, four) x remain.</summary>
    public static Option<HoldOut> Largest(LogPoints points, bool floor, double huberDelta) =>
        Predict(points, points.Levels(), points.Levels().Length - 1, floor, huberDelta);

    /// <summary>Root mean square of the errors (of log y) over the last steps that leave at least four smaller x.</summary>
    public static Option<double> Error(LogPoints points, bool floor, double huberDelta)
    {
        var levels = points.Levels();
        var errors = Enumerable.Range(4, Math.Max(0, levels.Length - 4)).TakeLast(3)
            .SelectMany(i => Predict(points, levels, i, floor, huberDelta).ToSeq())
            .Select(h => Math.Log(h.Predicted / h.Actual)).ToArray();
        return errors.Length == 0 ? None : Some(Math.Sqrt(errors.Average(e => e * e)));
    }

    static Option<HoldOut> Predict(LogPoints points, double[] levels, int target, bool floor, double huberDelta)
    {
        if (target < (floor ? 4 : 3)) return None;
        var law = points.Below(levels[target] - 1e-9).Fit(floor, huberDelta);
        var x = Math.Exp(levels[target]);
        return new HoldOut(x, law.At(x), Math.Exp(points.MeanAt(levels[target])), (levels[target] - levels[target - 1]) / Math.Log(10));
    }
}
