namespace Flow.Domain.Laws.Optimise;

/// <summary>A function and its gradient: returns the value at a point and fills <paramref name="gradient"/>.</summary>
public delegate double Objective(ReadOnlySpan<double> at, Span<double> gradient);

/// <summary>Why a minimiser stopped.</summary>
public enum Stop
{
    /// <summary>The gradient, or the relative change of the value, fell under its tolerance.</summary>
    Converged,

    /// <summary>No step along the search direction lowers the value any more: the end of double precision, or a kink.</summary>
    NoProgress,

    MaxIterations,
}

/// <summary>Where a minimiser stopped, with what value, and why.</summary>
public sealed record Minimum(double[] At, double Value, int Iterations, Stop Stop);
