namespace Flow.Domain.Laws;

/// <summary>Whether a law bends towards an irreducible loss.</summary>
public enum Floor
{
    /// <summary>Whichever form predicts the largest points better from the smaller ones.</summary>
    Chosen,

    /// <summary>y = A x^b.</summary>
    None,

    /// <summary>y = E + A x^b with E of at least 0.</summary>
    Fitted,
}

/// <summary>How a law is fitted to points, always by residuals of the logarithm.</summary>
/// <param name="HuberDelta">Residuals of log y beyond this weigh linearly. Infinity is least squares; 1e-3 is Hoffmann's choice, tuned for
/// language losses above 1.7 (facts/scaling.md section 1.2): for diffusion losses below 1 report the sensitivity.</param>
/// <param name="Resamples">Bootstrap resamples; 0 leaves every interval as wide as the number line.</param>
/// <param name="Level">Coverage of the intervals.</param>
/// <param name="Seed">Seed of the bootstrap; equal seeds give equal intervals on any number of threads.</param>
public sealed record FitOptions(
    Floor Floor = Floor.Chosen,
    double HuberDelta = double.PositiveInfinity,
    int Resamples = 1000,
    double Level = 0.95,
    int Seed = 0);
