using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>What is plotted against the loss in a profile.</summary>
public enum ProfileAxis
{
    Params,

    /// <summary>As Llama 3 did; N* then follows from C = 6ND, or from the points' own ratio of C to N and D.</summary>
    Tokens,
}

/// <summary>How the lowest loss of a profile is found.</summary>
public enum Vertex
{
    /// <summary>A parabola of the loss in log size (Hoffmann et al. 2022, approach 2).</summary>
    Parabola,

    /// <summary>Akima's curve through the points in log-log, its lowest value on a grid of 25 steps between neighbours (formll).</summary>
    Interpolation,
}

/// <summary>How isoFLOP profiles are fitted.</summary>
/// <param name="Nearest">Only so many points around the lowest one enter a profile's parabola; none means all. A parabola over a wide and
/// lopsided grid fails: on the Kaplan configurations of formll it returns exponents above 1 (facts/scaling.md section 3).</param>
/// <param name="DropSuspect">Leave profiles out of the laws that a quality check flags, not only those without a usable optimum.</param>
/// <param name="Laws">How the laws through the optima are fitted.</param>
public sealed record IsoFlopOptions(
    ProfileAxis Axis = ProfileAxis.Params,
    Vertex Vertex = Vertex.Parabola,
    Option<int> Nearest = default,
    bool DropSuspect = false,
    FitOptions? Laws = null);
