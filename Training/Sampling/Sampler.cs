using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Training.Diffusion;
using LanguageExt;
using static TorchSharp.torch;

namespace Flow.Training.Sampling;

/// <summary>A network as a sampler sees it: (x [N, input channels, H, W], time [N] fp32, labels [N] I64) -> [N, C or 2C, H, W].</summary>
public delegate Tensor Denoiser(Tensor x, Tensor time, Tensor labels);

/// <summary>What is predicted for which samples.</summary>
/// <param name="Latents">Shape of one predicted latent.</param>
/// <param name="Labels">Class or task labels, one per sample.</param>
/// <param name="NullLabel">The label of unconditional predictions; read only when the sampler guides.</param>
/// <param name="Condition">Clean latents [N, condition channels, H, W], put in front of the noisy ones; none for class-conditional models.</param>
/// <param name="Seed">Of the noise; the same seed, sample id and member give the same prediction in any batch.</param>
public sealed record SamplingBatch(
    LatentShape Latents, long[] SampleIds, long[] Labels, long NullLabel = 0, Option<Tensor> Condition = default, int Seed = 0);

/// <summary>Draws latents from a trained network by the sampler that a spec names.</summary>
public static class Sampler
{
    /// <summary>One ensemble member's latents, [N, C, H, W] on the device, without gradients; the caller disposes of them.</summary>
    /// <param name="process">The process that the network was trained on, not re-spaced.</param>
    /// <param name="member">Index of the ensemble member, from 0: member m is the same in an ensemble of any size.</param>
    public static Tensor Predict(Denoiser network, DiffusionProcess process, SamplerSpec spec, SamplingBatch batch, int member, Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long[] shape = [batch.Latents.Channels, batch.Latents.Height, batch.Latents.Width];
        var noise = new SamplerNoise(batch.Seed, batch.SampleIds, member, shape, device);
        var model = Conditioned(network, spec, batch, device, guideAll: spec.GuideAllChannels || process.Target == PredictionTarget.RectifiedFlow);
        var latents = process.Target == PredictionTarget.RectifiedFlow
            ? FlowSampler.Run(model, spec, noise.Start())
            : new ReverseSampler(process, spec, device).Run(model, noise.Start(), noise.Step);
        return latents.MoveToOuterDisposeScope();
    }

    /// <summary>The network of x_t and time alone: labels, clean condition and guidance bound.</summary>
    static Func<Tensor, Tensor, Tensor> Conditioned(Denoiser network, SamplerSpec spec, SamplingBatch batch, Device device, bool guideAll)
    {
        var n = batch.SampleIds.Length;
        var labels = tensor(batch.Labels).to(device);
        Tensor Input(Tensor x) => batch.Condition.Match(Some: clean => cat([clean, x], 1), None: () => x);
        if (spec.Guidance == 1) return (x, t) => network(Input(x), t.expand(n), labels);
        var channels = guideAll ? batch.Latents.Channels : Math.Min(Guidance.PublishedChannels, batch.Latents.Channels);
        var both = cat([labels, full_like(labels, batch.NullLabel)], 0);
        return (x, t) =>
        {
            var input = Input(x);
            var output = network(cat([input, input], 0), t.expand(2 * n), both);
            return Guidance.Combine(output.narrow(0, 0, n), output.narrow(0, n, n), spec.Guidance, channels);
        };
    }
}
