namespace Flow.Domain.Laws;

/// <summary>Residuals of log y under a broken power law with their exact derivatives. Parameters: log a, log b, c0, c1, log d, log f.</summary>
internal sealed class BrokenResiduals(double[] logX, double[] logY)
{
    public static BrokenCurve Curve(double[] at) => new(Math.Exp(at[0]), Math.Exp(at[1]), at[2], at[3], Math.Exp(at[4]), Math.Exp(at[5]));

    public void Evaluate(ReadOnlySpan<double> at, double[] residuals, double[][] columns)
    {
        var f = Math.Exp(at[5]);
        for (var i = 0; i < logX.Length; i++)
        {
            var u = (logX[i] - at[4]) / f;
            var softplus = BrokenCurve.Softplus(u);
            var sigmoid = 1 / (1 + Math.Exp(-u));
            var fall = at[1] - at[2] * logX[i] - at[3] * f * softplus;
            var largest = Math.Max(at[0], fall);
            var (floor, rest) = (Math.Exp(at[0] - largest), Math.Exp(fall - largest));
            var share = rest / (floor + rest);
            residuals[i] = largest + Math.Log(floor + rest) - logY[i];
            columns[0][i] = 1 - share;
            columns[1][i] = share;
            columns[2][i] = -share * logX[i];
            columns[3][i] = -share * f * softplus;
            columns[4][i] = share * at[3] * sigmoid;
            columns[5][i] = -share * at[3] * f * (softplus - u * sigmoid);
        }
    }
}
