namespace Flow.Domain.Laws.Optimise;

/// <summary>A root between two points of opposite sign: Brent's idea with the simpler safeguard of Chandrupatla (1997).</summary>
public static class Chandrupatla
{
    /// <exception cref="ArgumentException">The function has the same sign at both ends.</exception>
    public static double Root(Func<double, double> function, double low, double high, double tolerance = 1e-14)
    {
        var (a, b) = (high, low);
        var (fa, fb) = (function(a), function(b));
        if (fa == 0) return a;
        if (fb == 0) return b;
        if (Math.Sign(fa) == Math.Sign(fb)) throw new ArgumentException($"no change of sign between {low} and {high}");
        var t = 0.5;
        for (var trial = 0; trial < 200; trial++)
        {
            var x = a + t * (b - a);
            var fx = function(x);
            double c, fc;
            if (Math.Sign(fx) == Math.Sign(fa)) (c, fc) = (a, fa);
            else (c, fc, b, fb) = (b, fb, a, fa);
            (a, fa) = (x, fx);
            var best = Math.Abs(fb) < Math.Abs(fa) ? b : a;
            var width = tolerance * Math.Max(Math.Abs(best), 1) / Math.Abs(b - a);
            if (width > 0.5 || fa == 0 || fb == 0) return Math.Abs(fb) < Math.Abs(fa) ? b : a;
            t = Interpolate((a, fa), (b, fb), (c, fc), width);
        }
        return a;
    }

    /// <summary>Inverse quadratic interpolation where it is safe, bisection elsewhere (Chandrupatla's criterion).</summary>
    static double Interpolate((double X, double F) a, (double X, double F) b, (double X, double F) c, double width)
    {
        var xi = (a.X - b.X) / (c.X - b.X);
        var phi = (a.F - b.F) / (c.F - b.F);
        var safe = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi;
        var t = safe
            ? a.F / (b.F - a.F) * (c.F / (b.F - c.F)) + (c.X - a.X) / (b.X - a.X) * a.F / (c.F - a.F) * (b.F / (c.F - b.F))
            : 0.5;
        return Math.Clamp(t, width, 1 - width);
    }
}
