namespace Flow.Training.Codecs;

/// <summary>The shape of the embedded codec.</summary>
/// <param name="Downsample">Side of a patch in pixels; one patch becomes one latent pixel.</param>
/// <param name="Channels">Principal components kept of the 3 x Downsample^2 values of a patch.</param>
/// <param name="Margin">
/// m: the decoder paints (Downsample + 2m)^2 pixels around each patch and blends over 2m. With 8 channels, 2 takes the jump at
/// block borders from 4.5 times the jump elsewhere (plain PCA) to 1.4 (measured, docs/training.md).
/// </param>
public sealed record PatchCodecSpec(int Downsample = 8, int Channels = 8, int Margin = 2)
{
    /// <summary>Values of one patch.</summary>
    public int PatchValues => ImageBatch.Channels * Downsample * Downsample;

    /// <summary>Side of the square that the decoder paints for one patch.</summary>
    public int PaintSide => Downsample + 2 * Margin;

    /// <summary>Inputs of the decoder's regression: a 3x3 neighbourhood of latent pixels, and 1.</summary>
    public int Features => 9 * Channels + 1;

    /// <summary>The same spec, or an exception that names the field that can't be built.</summary>
    public PatchCodecSpec Checked()
    {
        if (Downsample < 1) throw new ArgumentException($"codec.downsample: {Downsample} is not positive");
        if (Channels < 1 || Channels > PatchValues)
            throw new ArgumentException($"codec.channels: {Channels} is not between 1 and {PatchValues}, the values of one patch");
        if (Margin < 0 || 2 * Margin > Downsample)
            throw new ArgumentException($"codec.margin: {Margin} is not between 0 and {Downsample / 2}, half of codec.downsample");
        return this;
    }
}
