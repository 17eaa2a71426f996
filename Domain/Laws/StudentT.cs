using Flow.Domain.Laws.Optimise;

namespace Flow.Domain.Laws;

/// <summary>Student's t, for the few degrees of freedom that a law through five points leaves.</summary>
public static class StudentT
{
    /// <summary>The value that |t| stays under with probability <paramref name="level"/>: 12.706 at 1 degree and 95 %, 1.960 at many.</summary>
    public static double TwoSided(double level, int degrees) =>
        Chandrupatla.Root(t => level - Central(t, degrees), 0, 1e5, 1e-12);

    /// <summary>P(|t| below a value), in closed form: Abramowitz and Stegun 26.7.3 and 26.7.4.</summary>
    public static double Central(double t, int degrees)
    {
        var angle = Math.Atan(t / Math.Sqrt(degrees));
        var (sin, cos) = Math.SinCos(angle);
        var odd = degrees % 2 == 1;
        var (term, sum) = odd ? (cos, degrees > 1 ? cos : 0) : (1.0, 1.0);
        for (var k = odd ? 3 : 2; k <= degrees - 2; k += 2)
        {
            term *= cos * cos * (k - 1) / k;
            sum += term;
        }
        return odd ? 2 / Math.PI * (angle + sin * sum) : sin * sum;
    }
}
