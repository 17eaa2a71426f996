using Flow.Domain.Laws.Optimise;

namespace Flow.Domain.Laws;

/// <summary>Does a cloud of points bend?</summary>
internal static class Quadratic
{
    /// <summary>The quadratic coefficient of y over z and its standard error; z must be centred and hold at least four points.</summary>
    public static (double Curvature, double Error) Test(double[] z, double[] y)
    {
        var (c0, c1, c2) = LinearLeastSquares.Parabola(z, y);
        var rest = z.Select((x, i) => y[i] - c0 - c1 * x - c2 * x * x).Sum(r => r * r);
        // The variance of c2 is that of the residuals over what is left of z^2 after a straight line.
        var square = z.Select(x => x * x).ToArray();
        var line = LinearLeastSquares.Line(z, square);
        var left = z.Select((x, i) => square[i] - line.Intercept - line.Slope * x).Sum(r => r * r);
        return (c2, Math.Sqrt(rest / (z.Length - 3) / left));
    }
}
