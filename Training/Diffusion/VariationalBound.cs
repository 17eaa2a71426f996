using static TorchSharp.torch;

namespace Flow.Training.Diffusion;

/// <summary>Terms of the variational bound on -log2 p(x_0), in bits per dimension, one value per sample (Nichol and Dhariwal 2021, section 2.1).</summary>
public static class VariationalBound
{
    const double HalfBin = 1.0 / 255;
    const double Edge = 0.999;
    const double LeastProbability = 1e-12;

    /// <summary>
    /// KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)) for t > 0, and -log p(x_0 | x_1) by a discretised Gaussian for rows at step 0. [N].
    /// </summary>
    public static Tensor Term(Tensor x0, Tensor xt, ReverseGaussian model, StepCoefficients c)
    {
        var kl = NormalKl(ReverseGaussian.PosteriorMean(x0, xt, c), c.PosteriorLogVariance, model.Mean, model.LogVariance);
        var nll = -DiscretisedLogLikelihood(x0, model.Mean, 0.5 * model.LogVariance);
        return where(c.IsFirst, PerSample(nll), PerSample(kl)) / Math.Log(2);
    }

    /// <summary>KL(q(x_T | x_0) || N(0, I)), which no network changes. [N].</summary>
    /// <param name="last">Coefficients of the last step.</param>
    public static Tensor Prior(Tensor x0, StepCoefficients last)
    {
        var logVariance = last.SqrtOneMinusAlphaBar.square().log();
        var zero = zeros_like(x0);
        return PerSample(NormalKl(last.SqrtAlphaBar * x0, logVariance, zero, zero)) / Math.Log(2);
    }

    /// <summary>KL of two diagonal Gaussians, elementwise, in nats.</summary>
    public static Tensor NormalKl(Tensor mean1, Tensor logVariance1, Tensor mean2, Tensor logVariance2) =>
        0.5 * (logVariance2 - logVariance1 - 1 + (logVariance1 - logVariance2).exp() + (mean1 - mean2).square() * (-logVariance2).exp());

    /// <summary>
    /// log of the mass that a Gaussian gives to the 1/127.5-wide bin around x, with the outermost bins open, in nats. The normal's
    /// distribution function is Page's tanh approximation, as in the reference.
    /// </summary>
    public static Tensor DiscretisedLogLikelihood(Tensor x, Tensor mean, Tensor logScale)
    {
        var centred = x - mean;
        var inverse = (-logScale).exp();
        var above = NormalCdf(inverse * (centred + HalfBin));
        var below = NormalCdf(inverse * (centred - HalfBin));
        var inside = Log(above - below);
        return where(x.lt(-Edge), Log(above), where(x.gt(Edge), Log(1 - below), inside));
    }

    /// <summary>Mean over every dimension but the first.</summary>
    internal static Tensor PerSample(Tensor x) => x.flatten(1).mean([1L]);

    static Tensor Log(Tensor probability) => probability.clamp(min: LeastProbability).log();

    static Tensor NormalCdf(Tensor x) => 0.5 * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh());
}
