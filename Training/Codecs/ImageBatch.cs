namespace Flow.Training.Codecs;

/// <summary>Colour images of one size, row-major [N, 3, H, W], values in [-1, 1].</summary>
public sealed record ImageBatch(int Count, int Height, int Width, float[] Pixels)
{
    public const int Channels = 3;

    /// <summary>A batch after checking that the array has N x 3 x H x W values.</summary>
    public static ImageBatch Of(int count, int height, int width, float[] pixels) =>
        pixels.Length == count * Channels * height * width
            ? new(count, height, width, pixels)
            : throw new ArgumentException($"{pixels.Length} values are not {count} x 3 x {height} x {width}", nameof(pixels));

    /// <summary>One image, [3, H, W].</summary>
    public ReadOnlySpan<float> Image(int index) => Pixels.AsSpan(index * Channels * Height * Width, Channels * Height * Width);
}
