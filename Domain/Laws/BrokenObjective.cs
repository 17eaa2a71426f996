namespace Flow.Domain.Laws;

/// <summary>Half the squared residuals of log y under a broken power law, with the exact gradient. Parameters: log a, log b, c0, c1, log d, log f.</summary>
internal sealed class BrokenObjective(double[] logX, double[] logY)
{
    public static BrokenCurve Curve(double[] at) => new(Math.Exp(at[0]), Math.Exp(at[1]), at[2], at[3], Math.Exp(at[4]), Math.Exp(at[5]));

    public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
    {
        gradient.Clear();
        var total = 0.0;
        var f = Math.Exp(at[5]);
        for (var i = 0; i < logX.Length; i++)
        {
            var u = (logX[i] - at[4]) / f;
            var softplus = BrokenCurve.Softplus(u);
            var sigmoid = 1 / (1 + Math.Exp(-u));
            var fall = at[1] - at[2] * logX[i] - at[3] * f * softplus;
            var largest = Math.Max(at[0], fall);
            var (floor, rest) = (Math.Exp(at[0] - largest), Math.Exp(fall - largest));
            var residual = largest + Math.Log(floor + rest) - logY[i];
            var slope = residual * rest / (floor + rest);
            total += residual * residual / 2;
            gradient[0] += residual * floor / (floor + rest);
            gradient[1] += slope;
            gradient[2] -= slope * logX[i];
            gradient[3] -= slope * f * softplus;
            gradient[4] += slope * at[3] * sigmoid;
            gradient[5] -= slope * at[3] * f * (softplus - u * sigmoid);
        }
        return total;
    }
}
