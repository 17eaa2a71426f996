using Flow.Dataflow.Codecs;

namespace Flow.Dataflow.Preprocess;

/// <summary>What an encoder reads: three planes of numbers in about [-1, 1], [3, size, size].</summary>
public static class Planes
{
    /// <summary>Bytes as value / 127.5 - 1.</summary>
    public static float[] Of(RgbImage image)
    {
        var area = image.Height * image.Width;
        var planes = new float[3 * area];
        for (var i = 0; i < area; i++)
            for (var c = 0; c < 3; c++) planes[c * area + i] = image.Pixels[3 * i + c] / 127.5f - 1;
        return planes;
    }

    /// <summary>One plane shown as gray.</summary>
    public static float[] Gray(ReadOnlySpan<float> plane) => [.. plane, .. plane, .. plane];

    /// <summary>A mask of bytes as -1 (0) and +1 (255), shown as gray.</summary>
    public static float[] OfMask(ReadOnlySpan<byte> mask)
    {
        var plane = new float[mask.Length];
        for (var i = 0; i < plane.Length; i++) plane[i] = mask[i] / 127.5f - 1;
        return Gray(plane);
    }

    /// <summary>Left and right exchanged.</summary>
    public static float[] Mirror(float[] planes, int width)
    {
        var mirrored = (float[])planes.Clone();
        for (var row = 0; row < mirrored.Length; row += width) mirrored.AsSpan(row, width).Reverse();
        return mirrored;
    }
}
