using Flow.Domain.Data;

namespace Flow.Training.Codecs;

/// <summary>
/// Turns images into the latents that a model is trained on, and latents back into images. Both directions are deterministic.
/// Latents are in the network's units: what the encoder gives, times <see cref="ScaleFactor"/>.
/// </summary>
public interface ILatentCodec
{
    /// <summary>SHA-256, in lower-case hexadecimal, of all that decides the codec's output; written into every shard.</summary>
    string Hash { get; }

    /// <summary>Pixels per latent pixel along each side.</summary>
    int Downsample { get; }

    /// <summary>What the encoder's output was multiplied by to have unit variance on photographs (0.18215 for Stable Diffusion).</summary>
    double ScaleFactor { get; }

    /// <summary>Shape of the latents of an image; its sides must be multiples of <see cref="Downsample"/>.</summary>
    LatentShape Shape(int height, int width);

    /// <summary>Latents [N, C, h, w] of the images [N, 3, H, W].</summary>
    float[] Encode(ImageBatch images);

    /// <summary>Images [N, 3, H, W] of the latents [N, C, h, w]; values may leave [-1, 1].</summary>
    ImageBatch Decode(float[] latents_NCHW, int count, LatentShape shape);
}
