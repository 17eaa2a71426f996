using Flow.Domain.Diffusion;
using static TorchSharp.torch;

namespace Flow.Training.Diffusion;

/// <summary>The loss of a batch, sample by sample; every tensor is [N].</summary>
/// <param name="Total">What is averaged and differentiated.</param>
/// <param name="Mse">Mean squared error of the prediction; null when the bound is the whole loss.</param>
/// <param name="Vb">Term of the variational bound, bits per dimension, before any rescaling; null when the variance is not learned.</param>
public sealed record LossTerms(Tensor Total, Tensor? Mse, Tensor? Vb);

/// <summary>The training losses of DiT (diffusion/gaussian_diffusion.py) and of DiT-MoE's rectified flow.</summary>
public static class DiffusionLoss
{
    /// <summary>Noises x_0 at the given times, asks the network, and returns the loss of each sample.</summary>
    /// <param name="model">(x_t [N,C,H,W], time [N] as the network knows it) -> [N,C,H,W] or [N,2C,H,W].</param>
    /// <param name="times">Per sample: a step of the process, or the time of a rectified flow, in [0, 1].</param>
    /// <param name="noise">Standard normal, as x_0.</param>
    public static LossTerms Compute(DiffusionProcess process, Func<Tensor, Tensor, Tensor> model, Tensor x0, double[] times, Tensor noise)
    {
        if (times.Length != x0.shape[0]) throw new ArgumentException($"{times.Length} times for {x0.shape[0]} samples", nameof(times));
        return process.Target == PredictionTarget.RectifiedFlow
            ? RectifiedFlow.Loss(model, x0, times, noise)
            : Scheduled(process, model, x0, [.. times.Select(t => (int)t)], noise);
    }

    static LossTerms Scheduled(DiffusionProcess process, Func<Tensor, Tensor, Tensor> model, Tensor x0, int[] steps, Tensor noise)
    {
        var c = StepCoefficients.Of(process, steps, (int)x0.dim(), x0.device);
        var xt = Prediction.QSample(x0, noise, c);
        var output = model(xt, c.Timestep).to(x0.dtype);
        if (process.Loss == LossKind.Bound)
        {
            var bound = VariationalBound.Term(x0, xt, ReverseGaussian.Of(process, output, xt, c), c);
            return new(bound * process.Schedule.Count, null, bound);
        }
        var (prediction, logits) = ReverseGaussian.Split(output, xt);
        var mse = VariationalBound.PerSample((Prediction.Truth(process.Target, x0, noise, c) - prediction).square());
        if (logits is null || process.Variance != VarianceKind.LearnedRange) return new(mse, mse, null);
        // the bound trains the variance alone: its mean is detached (IDDPM, section 3.1)
        var frozen = ReverseGaussian.Of(process, cat([prediction.detach(), logits], 1), xt, c);
        var vb = VariationalBound.Term(x0, xt, frozen, c);
        return new(mse + vb * BoundWeight(process), mse, vb);
    }

    static double BoundWeight(DiffusionProcess process) => process.Loss == LossKind.RescaledHybrid ? process.Schedule.Count / 1000.0 : 1;
}
