namespace Flow.Domain.Pictures;

/// <summary>How an RGB picture of a whole object on white becomes a mask.</summary>
public enum GrayWeights
{
    /// <summary>0.299 R + 0.587 G + 0.114 B.</summary>
    Rgb,

    /// <summary>
    /// 0.114 R + 0.587 G + 0.299 B: pix2gestalt hands an RGB picture to a function that expects BGR, and its published figures were
    /// made this way.
    /// </summary>
    Swapped,
}

/// <summary>pix2gestalt's way from the picture of a whole object on white to its mask (facts/models.md section 6).</summary>
public static class ObjectOnWhite
{
    const int Background = 250;

    // OpenCV's 15-bit fixed-point weights, so that the 8-bit gray values agree exactly.
    const int RedWeight = 9798, GreenWeight = 19235, BlueWeight = 3735, Shift = 15;

    /// <summary>8-bit gray values of interleaved RGB bytes, rounded as OpenCV rounds.</summary>
    public static byte[] Gray(ReadOnlySpan<byte> rgb, GrayWeights weights)
    {
        var (first, last) = weights == GrayWeights.Rgb ? (RedWeight, BlueWeight) : (BlueWeight, RedWeight);
        var gray = new byte[rgb.Length / 3];
        for (var i = 0; i < gray.Length; i++)
            gray[i] = (byte)((first * rgb[3 * i] + GreenWeight * rgb[3 * i + 1] + last * rgb[3 * i + 2] + (1 << (Shift - 1))) >> Shift);
        return gray;
    }

    /// <summary>The object of a picture on white: every pixel whose gray value is at most 250.</summary>
    public static bool[] Mask(ReadOnlySpan<byte> rgb, GrayWeights weights = GrayWeights.Swapped) =>
        [.. Gray(rgb, weights).Select(g => g <= Background)];
}
