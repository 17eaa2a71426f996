using Flow.Domain.Laws.Optimise;

namespace Flow.Domain.Laws;

/// <summary>y = E + A x^b: one curve, without any claim about how well it is known.</summary>
/// <param name="LogPrefactor">log A.</param>
/// <param name="Exponent">b, negative for a loss that falls.</param>
/// <param name="Irreducible">E, 0 for a pure power law.</param>
public readonly record struct PowerLawCurve(double LogPrefactor, double Exponent, double Irreducible)
{
    public double At(double x) => Irreducible + Math.Exp(LogPrefactor + Exponent * Math.Log(x));

    /// <summary>The curve that minimises Huber's loss of the residuals of log y.</summary>
    internal static PowerLawCurve Fit(double[] logX, double[] logY, bool floor, double huberDelta, double[]? weights = null)
    {
        // Centring makes prefactor and exponent nearly independent; log A is moved back at the end.
        var centre = logX.Average();
        var z = logX.Select(v => v - centre).ToArray();
        var line = LinearLeastSquares.Line(z, logY, weights);
        if (!floor && double.IsPositiveInfinity(huberDelta)) return new(line.Intercept - line.Slope * centre, line.Slope, 0);
        var objective = new PowerSum([z], logY, floor, huberDelta, weights);
        var starts = floor ? FloorStarts(z, logY, weights) : [[line.Intercept, -line.Slope]];
        var best = starts.Select(start => Lbfgs.Minimise(objective.Evaluate, start)).MinBy(minimum => minimum.Value)!.At;
        return floor
            ? new(best[1] + best[2] * centre, -best[2], Math.Exp(best[0]))
            : new(best[0] + best[1] * centre, -best[1], 0);
    }

    /// <summary>For a floor at a few fractions of the lowest y, the straight line through log(y - E).</summary>
    static double[][] FloorStarts(double[] z, double[] logY, double[]? weights)
    {
        var lowest = Math.Exp(logY.Min());
        return [.. new[] { 0.01, 0.2, 0.5, 0.8, 0.95 }.Select(fraction =>
        {
            var floor = fraction * lowest;
            var line = LinearLeastSquares.Line(z, [.. logY.Select(v => Math.Log(Math.Exp(v) - floor))], weights);
            return new[] { Math.Log(floor), line.Intercept, -line.Slope };
        })];
    }
}
