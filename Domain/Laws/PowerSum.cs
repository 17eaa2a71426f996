namespace Flow.Domain.Laws;

/// <summary>
/// The objective that every law of the form E + sum_k A_k x_k^-alpha_k shares: the SUM over points of Huber's loss of
/// log(prediction) - log(y), with the prediction as a log-sum-exp (Hoffmann et al. 2022, appendix D.3) and its exact gradient.
/// Parameters: [e, a_1, alpha_1, a_2, alpha_2, ...] with E = exp(e), A_k = exp(a_k); without a floor e is missing.
/// </summary>
/// <param name="logX">Per term, log x at every point, centred by the caller so that a_k and alpha_k hardly correlate.</param>
/// <param name="logY">log y at every point.</param>
/// <param name="floor">Whether the law has an irreducible term.</param>
/// <param name="huberDelta">Huber's delta; infinity is half the squared residual.</param>
/// <param name="weights">How often each point counts; none means once.</param>
public sealed class PowerSum(double[][] logX, double[] logY, bool floor, double huberDelta, double[]? weights = null)
{
    readonly int first = floor ? 1 : 0;

    public int Parameters => first + 2 * logX.Length;

    public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
    {
        Span<double> share = stackalloc double[logX.Length];
        gradient.Clear();
        var total = 0.0;
        for (var i = 0; i < logY.Length; i++)
        {
            var weight = weights?[i] ?? 1;
            if (weight == 0) continue;
            var residual = LogPrediction(at, i, share, out var floorShare) - logY[i];
            var slope = weight * Math.Clamp(residual, -huberDelta, huberDelta);
            total += weight * Huber(residual, huberDelta);
            if (floor) gradient[0] += slope * floorShare;
            for (var k = 0; k < share.Length; k++)
            {
                gradient[first + 2 * k] += slope * share[k];
                gradient[first + 2 * k + 1] -= slope * share[k] * logX[k][i];
            }
        }
        return total;
    }

    public double Value(double[] at) => Evaluate(at, new double[at.Length]);

    /// <summary>Half the square up to delta, linear beyond.</summary>
    public static double Huber(double residual, double delta)
    {
        var size = Math.Abs(residual);
        return size <= delta ? residual * residual / 2 : delta * (size - delta / 2);
    }

    double LogPrediction(ReadOnlySpan<double> at, int point, Span<double> share, out double floorShare)
    {
        var largest = floor ? at[0] : double.NegativeInfinity;
        for (var k = 0; k < share.Length; k++)
        {
            share[k] = at[first + 2 * k] - at[first + 2 * k + 1] * logX[k][point];
            largest = Math.Max(largest, share[k]);
        }
        floorShare = floor ? Math.Exp(at[0] - largest) : 0;
        var sum = floorShare;
        for (var k = 0; k < share.Length; k++) sum += share[k] = Math.Exp(share[k] - largest);
        floorShare /= sum;
        for (var k = 0; k < share.Length; k++) share[k] /= sum;
        return largest + Math.Log(sum);
    }
}
