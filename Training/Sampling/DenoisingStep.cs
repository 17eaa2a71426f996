using static TorchSharp.torch;

namespace Flow.Training.Sampling;

/// <summary>One step of the reverse process, from what the network said of x_0 and the noise.</summary>
public static class DenoisingStep
{
    /// <summary>
    /// x_prev = sqrt(alphaBar_prev) x_0 + sqrt(1 - alphaBar_prev - sigma^2) eps + sigma z,
    /// sigma = eta sqrt((1 - alphaBar_prev) / (1 - alphaBar)) sqrt(1 - alphaBar / alphaBar_prev) (Song et al. 2021, equations 12 and 16).
    /// </summary>
    /// <param name="noise">z; not read when eta is 0.</param>
    public static Tensor Ddim(Tensor x0, Tensor eps, double alphaBar, double alphaBarPrev, double eta, Tensor? noise)
    {
        // fp32 on purpose: near clean data 1 - alphaBar loses digits in it, and both references' samples carry that loss
        var (bar, prev) = ((float)alphaBar, (float)alphaBarPrev);
        var sigma = (float)eta * MathF.Sqrt((1 - prev) / (1 - bar)) * MathF.Sqrt(1 - bar / prev);
        var direct = MathF.Sqrt(prev) * x0 + MathF.Sqrt(MathF.Max(0, 1 - prev - sigma * sigma)) * eps;
        return sigma == 0 ? direct : direct + sigma * (noise ?? throw new ArgumentNullException(nameof(noise), "a step with eta > 0 draws noise"));
    }

    /// <summary>The step of deterministic DDIM towards more noise, the inverse of the way down in the limit of small steps.</summary>
    public static Tensor DdimReverse(Tensor x0, Tensor eps, double alphaBarNext) =>
        MathF.Sqrt((float)alphaBarNext) * x0 + MathF.Sqrt(1 - (float)alphaBarNext) * eps;

    /// <summary>Ancestral sampling: the mean and sigma z (Ho et al. 2020, algorithm 2). The last step, to x_0, takes no noise.</summary>
    public static Tensor Ddpm(Tensor mean, Tensor logVariance, Tensor? noise) =>
        noise is null ? mean : mean + (0.5 * logVariance).exp() * noise;
}
