namespace Flow.Domain.Laws.Optimise;

/// <summary>
/// The simplex of Nelder and Mead (1965) with the usual 1, 2, 1/2, 1/2. Slow, but it needs no gradient and is not fooled by the kinks at
/// Huber's delta: the last polish of a fit, and the outer search of variable projection.
/// </summary>
public static class NelderMead
{
    /// <param name="function">The function of a point.</param>
    /// <param name="start">The first corner.</param>
    /// <param name="size">Length of the first simplex's edges along each axis.</param>
    /// <param name="tolerance">Stop when the simplex's values differ by less than this fraction, and its corners by less than
    /// the square root of it.</param>
    /// <param name="maxIterations">Bound on the number of moves.</param>
    public static Minimum Minimise(Func<double[], double> function, ReadOnlySpan<double> start, double size,
        double tolerance = 1e-15, int maxIterations = 4000)
    {
        var n = start.Length;
        var corners = new (double[] At, double Value)[n + 1];
        for (var i = 0; i <= n; i++)
        {
            var at = start.ToArray();
            if (i > 0) at[i - 1] += size;
            corners[i] = (at, function(at));
        }
        for (var iteration = 0; iteration < maxIterations; iteration++)
        {
            Array.Sort(corners, (a, b) => a.Value.CompareTo(b.Value));
            if (Converged(corners, tolerance)) return new(corners[0].At, corners[0].Value, iteration, Stop.Converged);
            Move(function, corners);
        }
        Array.Sort(corners, (a, b) => a.Value.CompareTo(b.Value));
        return new(corners[0].At, corners[0].Value, maxIterations, Stop.MaxIterations);
    }

    static void Move(Func<double[], double> function, (double[] At, double Value)[] corners)
    {
        var worst = corners[^1];
        var centre = Centre(corners);
        var reflected = Try(function, centre, worst.At, -1);
        if (reflected.Value < corners[0].Value)
        {
            var expanded = Try(function, centre, worst.At, -2);
            corners[^1] = expanded.Value < reflected.Value ? expanded : reflected;
            return;
        }
        if (reflected.Value < corners[^2].Value)
        {
            corners[^1] = reflected;
            return;
        }
        var contracted = Try(function, centre, worst.At, reflected.Value < worst.Value ? -0.5 : 0.5);
        if (contracted.Value < Math.Min(reflected.Value, worst.Value)) corners[^1] = contracted;
        else for (var i = 1; i < corners.Length; i++) corners[i] = Try(function, corners[0].At, corners[i].At, 0.5);
    }

    static (double[] At, double Value) Try(Func<double[], double> function, double[] centre, double[] corner, double factor)
    {
        var at = new double[centre.Length];
        for (var i = 0; i < at.Length; i++) at[i] = centre[i] + factor * (corner[i] - centre[i]);
        return (at, function(at));
    }

    static double[] Centre((double[] At, double Value)[] corners)
    {
        var centre = new double[corners.Length - 1];
        for (var i = 0; i < centre.Length; i++)
            for (var k = 0; k < corners.Length - 1; k++) centre[i] += corners[k].At[i] / centre.Length;
        return centre;
    }

    static bool Converged((double[] At, double Value)[] corners, double tolerance)
    {
        if (!(corners[^1].Value - corners[0].Value <= tolerance * Math.Abs(corners[0].Value) + double.Epsilon)) return false;
        for (var i = 0; i < corners.Length - 1; i++)
            for (var k = 1; k < corners.Length; k++)
                if (Math.Abs(corners[k].At[i] - corners[0].At[i]) > Math.Sqrt(tolerance) * Math.Max(1, Math.Abs(corners[0].At[i]))) return false;
        return true;
    }
}
