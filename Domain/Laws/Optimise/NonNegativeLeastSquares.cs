namespace Flow.Domain.Laws.Optimise;

/// <summary>
/// Least squares with coefficients that may not be negative, for a few unknowns: every subset of columns is solved freely and the best
/// one that stays non-negative wins. Exact; 2^p small solves, so meant for p up to 5.
/// </summary>
public static class NonNegativeLeastSquares
{
    public static (double[] Coefficients, double SumOfSquares) Solve(double[][] columns, double[] y, double[]? weights = null)
    {
        var best = (Coefficients: new double[columns.Length], SumOfSquares: double.PositiveInfinity);
        for (var subset = (1 << columns.Length) - 1; subset >= 0; subset--)
        {
            var chosen = Enumerable.Range(0, columns.Length).Where(k => (subset & (1 << k)) != 0).ToArray();
            var free = LinearLeastSquares.Solve([.. chosen.Select(k => columns[k])], y, weights);
            if (free.Any(c => c < 0)) continue;
            var coefficients = new double[columns.Length];
            for (var k = 0; k < chosen.Length; k++) coefficients[chosen[k]] = free[k];
            var sum = SumOfSquares(columns, coefficients, y, weights);
            if (sum < best.SumOfSquares) best = (coefficients, sum);
            // The unconstrained optimum, when it is allowed, can't be beaten by a subset.
            if (subset == (1 << columns.Length) - 1) break;
        }
        return best;
    }

    static double SumOfSquares(double[][] columns, double[] coefficients, double[] y, double[]? weights)
    {
        var sum = 0.0;
        for (var i = 0; i < y.Length; i++)
        {
            var rest = y[i];
            for (var k = 0; k < columns.Length; k++) rest -= coefficients[k] * columns[k][i];
            sum += (weights?[i] ?? 1) * rest * rest;
        }
        return sum;
    }
}
