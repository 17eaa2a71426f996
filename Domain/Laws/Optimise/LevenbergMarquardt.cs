namespace Flow.Domain.Laws.Optimise;

/// <summary>Fills the residuals at a point and their derivatives: <paramref name="columns"/>[k][i] is that of residual i by parameter k.</summary>
public delegate void Residuals(ReadOnlySpan<double> at, double[] residuals, double[][] columns);

/// <summary>
/// Least squares of a nonlinear model by Levenberg and Marquardt, damped in units of each column's norm. Where the residuals can vanish it converges
/// quadratically; L-BFGS needs thousands of steps along the valley of a broken power law.
/// </summary>
public static class LevenbergMarquardt
{
    /// <param name="model">Residuals and derivatives.</param>
    /// <param name="count">How many residuals there are.</param>
    /// <param name="start">The first point.</param>
    /// <param name="maxIterations">Bound on the number of solves.</param>
    public static Minimum Minimise(Residuals model, int count, ReadOnlySpan<double> start, int maxIterations = 500)
    {
        var at = start.ToArray();
        var (residuals, columns) = Room(count, at.Length);
        var (nextResiduals, nextColumns) = Room(count, at.Length);
        model(at, residuals, columns);
        var (value, damping) = (Half(residuals), 1e-2);
        for (var iteration = 0; iteration < maxIterations; iteration++)
        {
            var next = Step(at, residuals, columns, damping);
            model(next, nextResiduals, nextColumns);
            var nextValue = Half(nextResiduals);
            if (!(nextValue < value))
            {
                damping *= 4;
                if (damping > 1e12) return new(at, value, iteration, Stop.NoProgress);
                continue;
            }
            var decrease = value - nextValue;
            (at, value, damping) = (next, nextValue, Math.Max(damping / 5, 1e-14));
            (residuals, nextResiduals, columns, nextColumns) = (nextResiduals, residuals, nextColumns, columns);
            if (decrease <= 1e-15 * value) return new(at, value, iteration + 1, Stop.Converged);
        }
        return new(at, value, maxIterations, Stop.MaxIterations);
    }

    /// <summary>The damped step as one linear least-squares problem: a row per residual, and one per parameter that pulls it to 0.</summary>
    static double[] Step(double[] at, double[] residuals, double[][] columns, double damping)
    {
        var rows = residuals.Length;
        var widened = columns.Select((column, k) =>
        {
            var wide = new double[rows + at.Length];
            column.CopyTo(wide, 0);
            wide[rows + k] = Math.Sqrt(damping * Math.Max(Lbfgs.Dot(column, column), 1e-300));
            return wide;
        }).ToArray();
        var target = new double[rows + at.Length];
        for (var i = 0; i < rows; i++) target[i] = -residuals[i];
        var step = LinearLeastSquares.Solve(widened, target);
        return [.. at.Select((v, k) => v + step[k])];
    }

    static double Half(double[] residuals) => Lbfgs.Dot(residuals, residuals) / 2;

    static (double[], double[][]) Room(int count, int parameters) =>
        (new double[count], [.. Enumerable.Range(0, parameters).Select(_ => new double[count])]);
}
