namespace Flow.Domain.Laws.Optimise;

/// <summary>
/// Small linear least squares: a handful of unknowns, any number of rows. Columns are orthogonalised by modified Gram-Schmidt, which keeps
/// the digits that the normal equations would square away.
/// </summary>
public static class LinearLeastSquares
{
    /// <summary>The coefficients that minimise sum w (y - X c)^2; a column that depends on earlier ones gets 0.</summary>
    /// <param name="columns">X by columns, each as long as <paramref name="y"/>.</param>
    /// <param name="y">The values to be explained.</param>
    /// <param name="weights">w, one per row; none means 1.</param>
    public static double[] Solve(double[][] columns, double[] y, double[]? weights = null)
    {
        var (p, n) = (columns.Length, y.Length);
        var q = columns.Select(column => Scaled(column, weights)).ToArray();
        var right = Scaled(y, weights);
        var r = new double[p, p];
        var projection = new double[p];
        for (var k = 0; k < p; k++)
        {
            var before = Math.Sqrt(Lbfgs.Dot(q[k], q[k]));
            for (var j = 0; j < k; j++)
            {
                r[j, k] = Lbfgs.Dot(q[j], q[k]);
                for (var i = 0; i < n; i++) q[k][i] -= r[j, k] * q[j][i];
            }
            var norm = Math.Sqrt(Lbfgs.Dot(q[k], q[k]));
            if (!(norm > 1e-12 * before))
            {
                Array.Clear(q[k]);
                continue;
            }
            r[k, k] = norm;
            for (var i = 0; i < n; i++) q[k][i] /= norm;
            projection[k] = Lbfgs.Dot(q[k], right);
            for (var i = 0; i < n; i++) right[i] -= projection[k] * q[k][i];
        }
        return BackSubstitute(r, projection);
    }

    /// <summary>The straight line c0 + c1 x.</summary>
    public static (double Intercept, double Slope) Line(double[] x, double[] y, double[]? weights = null)
    {
        var c = Solve([Ones(x.Length), x], y, weights);
        return (c[0], c[1]);
    }

    /// <summary>The parabola c0 + c1 x + c2 x^2.</summary>
    public static (double C0, double C1, double C2) Parabola(double[] x, double[] y, double[]? weights = null)
    {
        var c = Solve([Ones(x.Length), x, [.. x.Select(v => v * v)]], y, weights);
        return (c[0], c[1], c[2]);
    }

    static double[] BackSubstitute(double[,] r, double[] projection)
    {
        var c = new double[projection.Length];
        for (var k = c.Length - 1; k >= 0; k--)
        {
            if (r[k, k] == 0) continue;
            var rest = projection[k];
            for (var j = k + 1; j < c.Length; j++) rest -= r[k, j] * c[j];
            c[k] = rest / r[k, k];
        }
        return c;
    }

    static double[] Ones(int count)
    {
        var ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }

    static double[] Scaled(double[] values, double[]? weights) =>
        weights is null ? (double[])values.Clone() : [.. values.Select((v, i) => v * Math.Sqrt(weights[i]))];
}
