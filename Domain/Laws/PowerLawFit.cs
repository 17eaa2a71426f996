using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>What a fit to the smaller points said about the largest one.</summary>
/// <param name="X">The largest x, which the fit did not see.</param>
/// <param name="Predicted">y by the law of the smaller points.</param>
/// <param name="Actual">y as measured; the geometric mean where several runs share the largest x.</param>
/// <param name="Decades">How far the largest x lies beyond the rest.</param>
public sealed record HoldOut(double X, double Predicted, double Actual, double Decades)
{
    /// <summary>Signed relative error: negative when the law promised too low a loss.</summary>
    public double Error => Predicted / Actual - 1;

    /// <summary>
    /// An estimate so many decades beyond the points, at least as wide as this error, in proportion to the distance. A hindcast may be wrong to
    /// either side next time, whatever its sign was this time.
    /// </summary>
    public Estimate Widen(Estimate estimate, double decades)
    {
        var spread = Math.Abs(Math.Log(Predicted / Actual)) * Math.Max(1, decades / Math.Max(Decades, 1e-9));
        return estimate with { Low = Math.Min(estimate.Low, estimate.Value * Math.Exp(-spread)), High = Math.Max(estimate.High, estimate.Value * Math.Exp(spread)) };
    }
}

/// <summary>A fitted power law y = E + A x^b with everything a sceptic asks of it.</summary>
/// <param name="Exponent">b, with its sign: negative for a loss that falls with compute.</param>
/// <param name="Prefactor">A: y - E at x = 1, in y's unit.</param>
/// <param name="Irreducible">E; none for the pure power law.</param>
/// <param name="HoldOut">Leave-largest-out; none when too few points remain.</param>
/// <param name="ResidualSpread">Standard deviation of the residuals of log y.</param>
/// <param name="Observations">The points, as given.</param>
/// <param name="Warnings">What the evidence can't carry.</param>
public sealed record PowerLawFit(
    Estimate Exponent,
    Estimate Prefactor,
    Option<Estimate> Irreducible,
    Option<HoldOut> HoldOut,
    double ResidualSpread,
    Seq<Observation> Observations,
    Seq<Finding> Warnings)
{
    internal PowerLawCurve Curve { get; init; }

    /// <summary>The curve of every resample, and the residual (of log y) that a new run would add to it.</summary>
    internal (PowerLawCurve Curve, double Noise)[] Resampled { get; init; } = [];

    internal double Level { get; init; } = 0.95;

    /// <summary>The curve of the other form, when the data can't exclude it.</summary>
    internal Option<PowerLawCurve> Rival { get; init; }

    public int Points => Observations.Count;

    public double SmallestX => Observations.Map(o => o.X).Min();

    public double LargestX => Observations.Map(o => o.X).Max();

    /// <summary>The law's y at x, without an interval.</summary>
    public double At(double x) => Curve.At(x);

    /// <summary>
    /// y of a new run at x. The interval holds the uncertainty of the curve and the scatter of a single run; beyond the fitted range it
    /// is at least as wide as the error that the same form made when it predicted the largest point from the others, in
    /// proportion to the distance in decades, and reaches to the other form of the law when the data can't exclude it.
    /// </summary>
    public Estimate Predict(double x) => Widened(x, Bootstrap.Around(At(x), Resampled.Select(r => r.Curve.At(x) * Math.Exp(r.Noise)), Level));

    /// <summary>The law's own uncertainty at x: what the band of a plot shows.</summary>
    public Estimate Band(double x) => Widened(x, Bootstrap.Around(At(x), Resampled.Select(r => r.Curve.At(x)), Level));

    Estimate Widened(double x, Estimate estimate)
    {
        var decades = Math.Log10(x / LargestX);
        if (!(decades > 0)) return estimate;
        var widened = HoldOut.Match(hindcast => hindcast.Widen(estimate, decades), () => estimate);
        var rival = Rival.Map(curve => curve.At(x)).IfNone(estimate.Value);
        return widened with { Low = Math.Min(widened.Low, rival), High = Math.Max(widened.High, rival) };
    }
}
