using System.Text.Json;

namespace Flow.Training.Autoencoders;

/// <summary>The shape of an AutoencoderKL; the defaults are Stable Diffusion's (83,653,863 parameters).</summary>
/// <param name="Channels">Channels at each resolution, from the image inwards; every step but the last halves the side.</param>
/// <param name="LayersPerBlock">Residual blocks per resolution in the encoder; the decoder has one more.</param>
/// <param name="ScalingFactor">Brings latents to unit variance: 0.18215 for Stable Diffusion 1 and 2.</param>
/// <param name="QuantConv">Whether a 1x1 convolution follows the encoder.</param>
/// <param name="PostQuantConv">Whether a 1x1 convolution precedes the decoder.</param>
public sealed record AutoencoderSpec(
    int[] Channels,
    int InChannels = 3,
    int OutChannels = 3,
    int LatentChannels = 4,
    int LayersPerBlock = 2,
    int NormGroups = 32,
    double ScalingFactor = 0.18215,
    bool QuantConv = true,
    bool PostQuantConv = true)
{
    public static AutoencoderSpec StableDiffusion { get; } = new([128, 256, 512, 512]);

    /// <summary>How many image pixels one latent pixel stands for, along each side.</summary>
    public int Reduction => 1 << (Channels.Length - 1);

    /// <summary>From the config.json that lies beside published weights.</summary>
    public static AutoencoderSpec FromConfig(JsonElement config)
    {
        int Number(string name, int otherwise) => config.TryGetProperty(name, out var value) ? value.GetInt32() : otherwise;
        bool Flag(string name) => !config.TryGetProperty(name, out var value) || value.GetBoolean();
        return new AutoencoderSpec(
            [.. config.GetProperty("block_out_channels").EnumerateArray().Select(channels => channels.GetInt32())],
            Number("in_channels", 3),
            Number("out_channels", 3),
            Number("latent_channels", 4),
            Number("layers_per_block", 2),
            Number("norm_num_groups", 32),
            config.TryGetProperty("scaling_factor", out var factor) ? factor.GetDouble() : 0.18215,
            Flag("use_quant_conv"),
            Flag("use_post_quant_conv"));
    }
}
