using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>What a planner reads from a fitted or published study: the best size and the loss for any compute.</summary>
/// <param name="Name">Whose law it is.</param>
/// <param name="Params">N*(C), C in FLOPs.</param>
/// <param name="Loss">L(N, C): the loss of N parameters trained with C FLOPs.</param>
/// <param name="Range">Smallest and largest budget that was trained; none when the source does not say.</param>
/// <param name="Budgets">How many budgets carry it.</param>
/// <param name="Warnings">What the evidence can't carry.</param>
public sealed record AllocationLaw(
    string Name,
    Func<double, Estimate> Params,
    Func<double, double, Estimate> Loss,
    Option<(double Low, double High)> Range,
    int Budgets,
    Seq<Finding> Warnings)
{
    /// <summary>Whether the law knows what a size off the optimum costs; without it, size can't be traded against predictions.</summary>
    public bool KnowsSizes { get; init; } = true;

    /// <summary>Images of the data set that the law was measured on, where that is known: epochs are of these when no other is named.</summary>
    public Option<double> DatasetImages { get; init; }

    /// <summary>The loss of the optimal size.</summary>
    public Estimate OptimalLoss(double flops) => Loss(Params(flops).Value, flops);

    /// <summary>
    /// From isoFLOP profiles. What a size off the optimum costs is the profiles' mean curvature, relative to their loss, times the
    /// squared logarithm of the factor.
    /// </summary>
    public static AllocationLaw Of(string name, IsoFlopFit fit)
    {
        var curved = fit.Profiles.Filter(p => p.Usable && p.Curvature > 0);
        var curvature = curved.IsEmpty ? 0 : curved.Map(p => p.Curvature / p.Loss.Value).Sum() / curved.Count;
        var used = fit.Params.Observations.Map(o => o.X);
        return new(name, fit.Params.Predict,
            (n, c) => Scaled(fit.Loss.Predict(c), 1 + curvature * Math.Pow(Math.Log(n / fit.Params.At(c)), 2)),
            Some((used.Min(), used.Max())), used.Count, fit.Warnings);
    }

    /// <summary>From a fitted surface; D = C / (k N) with the fit's own k.</summary>
    public static AllocationLaw Of(string name, ParametricFit fit)
    {
        var compute = fit.Observations.Map(p => p.Flops);
        return new(name, fit.OptimalParams, (n, c) => fit.Loss(n, c / (fit.FlopsPerParamToken * n)),
            Some((compute.Min(), compute.Max())), ProfileFit.Budgets(fit.Observations).Count, fit.Warnings);
    }

    /// <summary>
    /// Published laws, as printed and therefore without intervals. liang-2024: Scaling Laws for Diffusion Transformers (arXiv 2410.08184), six
    /// budgets of 1e17 to 6e18. hoffmann-2022: approach 3 with its unrounded constants (language models).
    /// </summary>
    public static readonly Seq<AllocationLaw> Published = Seq(
        new AllocationLaw("liang-2024", c => Estimate.Alone(0.0009 * Math.Pow(c, 0.5681)), (_, c) => Estimate.Alone(2.3943 * Math.Pow(c, -0.0273)),
            Some((1e17, 6e18)), 6, Seq1(new Finding(Reason.NotIdentified, "published without intervals, and 0.0009 is rounded: sizes are uncertain by more than 1 %")))
        { KnowsSizes = false, DatasetImages = 108e6 },
        FromConstants("hoffmann-2022", new LossSurface(Math.Exp(0.5267228), Math.Exp(6.0073404), Math.Exp(6.0179186), 0.33917084, 0.2849083)));

    static AllocationLaw FromConstants(string name, LossSurface surface) => new(name,
        c => Estimate.Alone(surface.OptimalParams(c, 6)), (n, c) => Estimate.Alone(surface.At(n, c / (6 * n))), Some((6e18, 3e21)), 9,
        Seq1(new Finding(Reason.NotIdentified, "published without intervals on its constants")));

    static Estimate Scaled(Estimate estimate, double factor) => new(estimate.Value * factor, estimate.Low * factor, estimate.High * factor);
}
