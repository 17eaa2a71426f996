// Shapes: N samples, H x W image pixels, h x w latent pixels. Fields carry the published checkpoints' key names (diffusers), because
// RegisterComponents turns field names into state-dict keys.
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Autoencoders;

/// <summary>
/// The variational autoencoder of Stable Diffusion (Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", 2022):
/// images in [-1, 1] to a Gaussian over latents and back. It is only ever loaded, not trained, so fresh weights mean nothing.
/// </summary>
public sealed class AutoencoderKL : Module<Tensor, Tensor>
{
    readonly Encoder encoder;
    readonly Decoder decoder;
    readonly Conv2d? quant_conv;
    readonly Conv2d? post_quant_conv;

    public AutoencoderKL(AutoencoderSpec spec) : base(nameof(AutoencoderKL))
    {
        Spec = spec;
        encoder = new Encoder(spec);
        decoder = new Decoder(spec);
        quant_conv = spec.QuantConv ? Conv2d(2 * spec.LatentChannels, 2 * spec.LatentChannels, kernel_size: 1) : null;
        post_quant_conv = spec.PostQuantConv ? Conv2d(spec.LatentChannels, spec.LatentChannels, kernel_size: 1) : null;
        RegisterComponents();
    }

    public AutoencoderSpec Spec { get; }

    /// <summary>images_N3HW in [-1, 1] -> a Gaussian over [N, latent channels, h, w], not yet scaled.</summary>
    public Posterior Encode(Tensor images_N3HW)
    {
        var moments = encoder.forward(images_N3HW);
        if (quant_conv is not null) moments = quant_conv.forward(moments);
        return new Posterior(moments);
    }

    /// <summary>Unscaled latents -> images, about [-1, 1] and not clamped.</summary>
    public Tensor Decode(Tensor z_NChw) => decoder.forward(post_quant_conv is null ? z_NChw : post_quant_conv.forward(z_NChw));

    /// <summary>What a diffusion model is given: the posterior's mean times the scaling factor.</summary>
    public Tensor ToLatents(Tensor images_N3HW) => Encode(images_N3HW).Mean * Spec.ScalingFactor;

    /// <summary>The inverse of <see cref="ToLatents"/>.</summary>
    public Tensor ToImages(Tensor latents_NChw) => Decode(latents_NChw / Spec.ScalingFactor);

    /// <summary>Reconstruction: the image decoded from the posterior's mean.</summary>
    public override Tensor forward(Tensor images_N3HW) => Decode(Encode(images_N3HW).Mean);
}

/// <summary>A diagonal Gaussian over latents.</summary>
public sealed class Posterior(Tensor moments)
{
    /// <summary>[N, 2C, h, w], means before log variances, as the network gives them.</summary>
    public Tensor Moments { get; } = moments;

    public Tensor Mean { get; } = moments.chunk(2, 1)[0];

    /// <summary>Clamped to [-30, 20].</summary>
    public Tensor LogVariance { get; } = moments.chunk(2, 1)[1].clamp(-30, 20);

    /// <summary>The latents at a given standard normal noise of the mean's shape.</summary>
    public Tensor Sample(Tensor noise) => Mean + (0.5 * LogVariance).exp() * noise;

    /// <summary>[N], the divergence from the standard normal in nats, summed over latents.</summary>
    public Tensor Kl() => 0.5 * (Mean.pow(2) + LogVariance.exp() - 1 - LogVariance).sum([1, 2, 3]);
}

internal sealed class Encoder : Module<Tensor, Tensor>
{
    readonly Conv2d conv_in;
    readonly ModuleList<DownBlock> down_blocks;
    readonly MidBlock mid_block;
    readonly GroupNorm conv_norm_out;
    readonly Conv2d conv_out;

    public Encoder(AutoencoderSpec spec) : base(nameof(Encoder))
    {
        var (channels, last) = (spec.Channels, spec.Channels.Length - 1);
        conv_in = Conv2d(spec.InChannels, channels[0], kernel_size: 3, padding: 1);
        down_blocks = ModuleList(Enumerable.Range(0, channels.Length)
            .Select(i => new DownBlock(channels[Math.Max(i - 1, 0)], channels[i], i < last, spec)).ToArray());
        mid_block = new MidBlock(channels[last], spec.NormGroups);
        conv_norm_out = GroupNorm(spec.NormGroups, channels[last], ResnetBlock.Epsilon);
        conv_out = Conv2d(channels[last], 2 * spec.LatentChannels, kernel_size: 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images_N3HW)
    {
        var h = conv_in.forward(images_N3HW);
        foreach (var block in down_blocks) h = block.forward(h);
        return conv_out.forward(functional.silu(conv_norm_out.forward(mid_block.forward(h))));
    }
}

internal sealed class Decoder : Module<Tensor, Tensor>
{
    readonly Conv2d conv_in;
    readonly MidBlock mid_block;
    readonly ModuleList<UpBlock> up_blocks;
    readonly GroupNorm conv_norm_out;
    readonly Conv2d conv_out;

    public Decoder(AutoencoderSpec spec) : base(nameof(Decoder))
    {
        var (channels, last) = (spec.Channels.Reverse().ToArray(), spec.Channels.Length - 1);
        conv_in = Conv2d(spec.LatentChannels, channels[0], kernel_size: 3, padding: 1);
        mid_block = new MidBlock(channels[0], spec.NormGroups);
        up_blocks = ModuleList(Enumerable.Range(0, channels.Length)
            .Select(i => new UpBlock(channels[Math.Max(i - 1, 0)], channels[i], i < last, spec)).ToArray());
        conv_norm_out = GroupNorm(spec.NormGroups, channels[last], ResnetBlock.Epsilon);
        conv_out = Conv2d(channels[last], spec.OutChannels, kernel_size: 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor z_NChw)
    {
        var h = mid_block.forward(conv_in.forward(z_NChw));
        foreach (var block in up_blocks) h = block.forward(h);
        return conv_out.forward(functional.silu(conv_norm_out.forward(h)));
    }
}

internal sealed class DownBlock : Module<Tensor, Tensor>
{
    readonly ModuleList<ResnetBlock> resnets;
    readonly ModuleList<Downsample> downsamplers;

    public DownBlock(int channelsIn, int channelsOut, bool halve, AutoencoderSpec spec) : base(nameof(DownBlock))
    {
        resnets = ModuleList(Enumerable.Range(0, spec.LayersPerBlock)
            .Select(i => new ResnetBlock(i == 0 ? channelsIn : channelsOut, channelsOut, spec.NormGroups)).ToArray());
        downsamplers = ModuleList(halve ? [new Downsample(channelsOut)] : System.Array.Empty<Downsample>());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NCHW)
    {
        foreach (var resnet in resnets) x_NCHW = resnet.forward(x_NCHW);
        foreach (var downsampler in downsamplers) x_NCHW = downsampler.forward(x_NCHW);
        return x_NCHW;
    }
}

internal sealed class UpBlock : Module<Tensor, Tensor>
{
    readonly ModuleList<ResnetBlock> resnets;
    readonly ModuleList<Upsample> upsamplers;

    public UpBlock(int channelsIn, int channelsOut, bool twice, AutoencoderSpec spec) : base(nameof(UpBlock))
    {
        resnets = ModuleList(Enumerable.Range(0, spec.LayersPerBlock + 1)
            .Select(i => new ResnetBlock(i == 0 ? channelsIn : channelsOut, channelsOut, spec.NormGroups)).ToArray());
        upsamplers = ModuleList(twice ? [new Upsample(channelsOut)] : System.Array.Empty<Upsample>());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NCHW)
    {
        foreach (var resnet in resnets) x_NCHW = resnet.forward(x_NCHW);
        foreach (var upsampler in upsamplers) x_NCHW = upsampler.forward(x_NCHW);
        return x_NCHW;
    }
}
