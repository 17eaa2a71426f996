using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Data;

/// <summary>What turns images into latents and back.</summary>
public abstract record CodecSpec
{
    CodecSpec() { }

    /// <summary>Image pixels per latent pixel, along each side.</summary>
    public abstract int Downsampling { get; }

    /// <summary>Channels of a latent image.</summary>
    public abstract int LatentChannels { get; }

    /// <summary>
    /// The embedded codec: principal components of image patches, and a lapped linear decoder fitted in closed form (facts/tiny.md,
    /// sections 2 and 9).
    /// </summary>
    /// <param name="Downsample">Side of a patch in image pixels.</param>
    /// <param name="Channels">Principal components kept.</param>
    /// <param name="Margin">Pixels by which a decoded patch laps over its neighbours; 0 leaves visible blocks.</param>
    /// <param name="TargetScale">What latents of depth, flow and masks are divided by, beyond the scale of the images.</param>
    /// <param name="FitOn">Data sets that it is fitted on; mixing depth into photographs halves the error of decoded depth. A data set of shards, alone, brings the codec that made it. Not hashed: the codec's step reads them.</param>
    /// <param name="FitSamples">Images of each of them that it reads.</param>
    public sealed record PatchPca(
        int Downsample = 8,
        int Channels = 8,
        int Margin = 2,
        double TargetScale = 2,
        [Unhashed] Seq<string> FitOn = default,
        int FitSamples = 1500) : CodecSpec
    {
        public override int Downsampling => Downsample;

        public override int LatentChannels => Channels;
    }

    /// <summary>Stable Diffusion's autoencoder; latents are posterior means (or samples, when pretraining as DiT did) times a factor.</summary>
    /// <param name="Weights">Published name of the weights; part of the codec's identity.</param>
    /// <param name="Path">Where this machine keeps them (safetensors or .pt).</param>
    /// <param name="ScaleFactor">0.18215 brings the latents of Stable Diffusion's autoencoders to unit variance.</param>
    public sealed record AutoencoderKl(
        string Weights,
        [Unhashed] string Path = "",
        double ScaleFactor = 0.18215) : CodecSpec
    {
        public override int Downsampling => 8;

        public override int LatentChannels => 4;
    }
}
