namespace Flow.Domain.Pictures;

/// <summary>A mask drawn over its picture.</summary>
public static class MaskOverlay
{
    /// <summary>The picture with the masked pixels tinted; interleaved RGB.</summary>
    /// <param name="opacity">0 leaves the picture, 1 hides it under the colour.</param>
    public static byte[] Paint(ReadOnlySpan<byte> rgb, ReadOnlySpan<bool> mask, (byte R, byte G, byte B) colour, double opacity = 0.5)
    {
        if (rgb.Length != 3 * mask.Length)
            throw new ArgumentException($"a picture of {rgb.Length / 3} pixels under a mask of {mask.Length}", nameof(mask));
        var painted = rgb.ToArray();
        for (var i = 0; i < mask.Length; i++)
        {
            if (!mask[i]) continue;
            painted[3 * i] = Mix(painted[3 * i], colour.R, opacity);
            painted[3 * i + 1] = Mix(painted[3 * i + 1], colour.G, opacity);
            painted[3 * i + 2] = Mix(painted[3 * i + 2], colour.B, opacity);
        }
        return painted;
    }

    static byte Mix(byte under, byte over, double opacity) => (byte)Math.Round(under + opacity * (over - under));
}
