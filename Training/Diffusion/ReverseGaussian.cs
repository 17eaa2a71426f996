using LanguageExt;
using static TorchSharp.torch;

namespace Flow.Training.Diffusion;

/// <summary>The network's p(x_{t-1} | x_t): a Gaussian around the posterior mean of its x_0 (Ho et al. 2020; Nichol and Dhariwal 2021).</summary>
/// <param name="X0">The network's x_0, clipped if asked.</param>
public sealed record ReverseGaussian(Tensor Mean, Tensor LogVariance, Tensor X0)
{
    /// <summary>p(x_{t-1} | x_t) of a network's raw output.</summary>
    /// <param name="output">[N, C, H, W], or [N, 2C, H, W] with variance logits behind the prediction.</param>
    /// <param name="clip">Bound on |x_0|; none for latents.</param>
    public static ReverseGaussian Of(DiffusionProcess process, Tensor output, Tensor xt, StepCoefficients c, Option<double> clip = default)
    {
        var (prediction, logits) = Split(output, xt);
        var x0 = Clip(Prediction.X0(process.Target, prediction, xt, c), clip);
        return new(PosteriorMean(x0, xt, c), LogVarianceOf(process, logits, prediction, c), x0);
    }

    /// <summary>Mean of q(x_{t-1} | x_t, x_0) (Ho et al. 2020, equation 7).</summary>
    public static Tensor PosteriorMean(Tensor x0, Tensor xt, StepCoefficients c) => c.PosteriorMeanX0 * x0 + c.PosteriorMeanXt * xt;

    /// <summary>The prediction and, behind it, the variance logits; null where the network has none.</summary>
    public static (Tensor Prediction, Tensor? Logits) Split(Tensor output, Tensor xt)
    {
        var channels = xt.shape[1];
        if (output.shape[1] == channels) return (output, null);
        if (output.shape[1] != 2 * channels)
            throw new ArgumentException($"the network returned {output.shape[1]} channels for {channels}: neither the same nor twice as many", nameof(output));
        return (output.narrow(1, 0, channels), output.narrow(1, channels, channels));
    }

    public static Tensor Clip(Tensor x0, Option<double> bound) => bound.Match(Some: b => x0.clamp(-b, b), None: () => x0);

    static Tensor LogVarianceOf(DiffusionProcess process, Tensor? logits, Tensor like, StepCoefficients c)
    {
        if (process.Variance != VarianceKind.LearnedRange) return c.FixedLogVariance.expand_as(like);
        if (logits is null) throw new ArgumentException("a learned variance needs a network with twice as many output channels", nameof(logits));
        var fraction = (logits + 1) / 2;
        return fraction * c.LogBeta + (1 - fraction) * c.PosteriorLogVariance;
    }
}
