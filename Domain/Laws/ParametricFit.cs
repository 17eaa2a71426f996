using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>A fitted loss surface with its intervals, and the compute-optimal split that follows from it.</summary>
/// <param name="Sum">The summed Huber loss at the minimum; compare fits of the same points by it.</param>
/// <param name="ParamsExponent">a of N* ~ C^a.</param>
/// <param name="HoldOut">The points of the largest tenth of compute, predicted from the others: mean signed error; none when too few remain.</param>
/// <param name="Resampled">The surface of every resample.</param>
public sealed record ParametricFit(
    LossSurface Surface,
    Estimate E,
    Estimate A,
    Estimate B,
    Estimate Alpha,
    Estimate Beta,
    Estimate ParamsExponent,
    double Sum,
    double ResidualSpread,
    Option<HoldOut> HoldOut,
    Seq<TrainingPoint> Observations,
    Seq<LossSurface> Resampled,
    ParametricOptions Options,
    Seq<Finding> Warnings)
{
    /// <summary>k of C = k N D: as asked, or the geometric mean over the points.</summary>
    public double FlopsPerParamToken => Options.FlopsPerParamToken.IfNone(() => Math.Exp(Observations.Map(p => Math.Log(p.Flops / (p.Params * p.Tokens))).Average()));

    /// <summary>Any quantity of the surface with its bootstrap interval.</summary>
    public Estimate Of(Func<LossSurface, double> quantity) => Bootstrap.Around(quantity(Surface), Resampled.Map(quantity), Options.Level);

    public Estimate OptimalParams(double flops) => Of(s => s.OptimalParams(flops, FlopsPerParamToken));

    public Estimate OptimalTokens(double flops) => Of(s => s.OptimalTokens(flops, FlopsPerParamToken));

    public Estimate OptimalLoss(double flops) => Of(s => s.OptimalLoss(flops, FlopsPerParamToken));

    public Estimate Loss(double n, double d) => Of(s => s.At(n, d));
}
