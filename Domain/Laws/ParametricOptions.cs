using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>How the five constants are found.</summary>
public enum ParametricMethod
{
    /// <summary>The sum of Huber's loss of the residuals of log L (Hoffmann et al. 2022, approach 3).</summary>
    Huber,

    /// <summary>
    /// For fixed alpha and beta the rest is linear: E, A and B by non-negative least squares of L, and only two exponents searched
    /// (variable projection). Free of the bias of parabolas and far better conditioned, but not robust against outliers.
    /// </summary>
    VariableProjection,
}

/// <summary>How the parametric law is fitted.</summary>
/// <param name="HuberDelta">1e-3 of log L is Hoffmann's; with losses below 1 look at 1e-4 and 1e-2 too.</param>
/// <param name="FlopsPerParamToken">k of C = k N D, by which a budget is split. By default that of the points themselves: 6 for language models, less for adaLN models, whose 6ND overstates the compute.</param>
/// <param name="Resamples">Bootstrap resamples of runs.</param>
public sealed record ParametricOptions(
    ParametricMethod Method = ParametricMethod.Huber,
    double HuberDelta = 1e-3,
    Option<double> FlopsPerParamToken = default,
    int Resamples = 1000,
    double Level = 0.95,
    int Seed = 0);
