namespace Flow.Domain.Laws;

/// <summary>
/// The piecewise cubic of Akima (1970): goes through every point, and a lone outlier bends it only nearby. Ends are extended as he did.
/// </summary>
public sealed class Akima
{
    readonly double[] x, y, slope;

    /// <param name="x">At least two abscissae, strictly increasing.</param>
    /// <param name="y">As many ordinates.</param>
    public Akima(double[] x, double[] y)
    {
        (this.x, this.y) = (x, y);
        var n = x.Length;
        // m[i + 2] is the secant between points i and i + 1; two more on each side.
        var m = new double[n + 3];
        for (var i = 0; i < n - 1; i++) m[i + 2] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
        if (n == 2) Array.Fill(m, m[2]);
        else
        {
            m[1] = 2 * m[2] - m[3];
            m[0] = 2 * m[1] - m[2];
            m[n + 1] = 2 * m[n] - m[n - 1];
            m[n + 2] = 2 * m[n + 1] - m[n];
        }
        slope = [.. Enumerable.Range(0, n).Select(i =>
        {
            var (right, left) = (Math.Abs(m[i + 3] - m[i + 2]), Math.Abs(m[i + 1] - m[i]));
            return right + left > 1e-12 * (Math.Abs(m[i + 1]) + Math.Abs(m[i + 2])) ? (right * m[i + 1] + left * m[i + 2]) / (right + left) : (m[i + 1] + m[i + 2]) / 2;
        })];
    }

    public double At(double at)
    {
        var i = Math.Clamp(Array.FindLastIndex(x, v => v <= at), 0, x.Length - 2);
        var (h, t) = (x[i + 1] - x[i], (at - x[i]) / (x[i + 1] - x[i]));
        return y[i] * (1 + 2 * t) * (1 - t) * (1 - t) + h * slope[i] * t * (1 - t) * (1 - t)
            + y[i + 1] * t * t * (3 - 2 * t) + h * slope[i + 1] * t * t * (t - 1);
    }

    /// <summary>The lowest point on a grid of <paramref name="perInterval"/> steps between neighbours (geometric when x is a logarithm).</summary>
    public (double X, double Y) Lowest(int perInterval)
    {
        var steps = perInterval * (x.Length - 1);
        return Enumerable.Range(0, steps + 1).Select(k => x[0] + (x[^1] - x[0]) * k / steps).Select(at => (at, At(at))).MinBy(p => p.Item2);
    }
}
