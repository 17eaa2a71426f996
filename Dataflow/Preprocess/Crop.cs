using Flow.Dataflow.Codecs;

namespace Flow.Dataflow.Preprocess;

/// <summary>How an image of any size becomes a square one.</summary>
public static class Crop
{
    /// <summary>
    /// ADM's and DiT's centre crop: halve with a box filter while the shorter side is at least twice the target, shrink it to the
    /// target with an antialiased bicubic, cut the middle out. Sides are rounded half to even as Python does.
    /// </summary>
    public static RgbImage Centre(RgbImage image, int size)
    {
        while (Math.Min(image.Width, image.Height) >= 2 * size) image = Resample.Resize(image, image.Height / 2, image.Width / 2, Kernel.Box);
        var scale = (double)size / Math.Min(image.Width, image.Height);
        image = Resample.Resize(image, (int)Math.Round(image.Height * scale), (int)Math.Round(image.Width * scale), Kernel.Bicubic);
        var (top, left) = ((image.Height - size) / 2, (image.Width - size) / 2);
        var pixels = new byte[size * size * 3];
        for (var y = 0; y < size; y++)
            image.Pixels.AsSpan(((top + y) * image.Width + left) * 3, size * 3).CopyTo(pixels.AsSpan(y * size * 3));
        return new RgbImage(size, size, pixels);
    }

    /// <summary>Squeezes the whole image into the square, bilinear with antialiasing: what dense tasks do, so that no truth is cut off.</summary>
    public static RgbImage Squeeze(RgbImage image, int size) => Resample.Resize(image, size, size, Kernel.Bilinear);

    /// <summary>
    /// Nearest neighbour through pixel centres (torch's "nearest-exact"): never mixes two values, as truth at an edge of an object needs.
    /// </summary>
    public static FloatImage Nearest(FloatImage field, int size)
    {
        if (field.Height == size && field.Width == size) return field;
        var values = new float[size * size * field.Channels];
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
            {
                var from = (Source(y, field.Height, size) * field.Width + Source(x, field.Width, size)) * field.Channels;
                field.Values.AsSpan(from, field.Channels).CopyTo(values.AsSpan((y * size + x) * field.Channels));
            }
        return new FloatImage(size, size, field.Channels, values);
    }

    static int Source(int target, int from, int to) => Math.Min((int)((target + 0.5f) * ((float)from / to)), from - 1);
}
