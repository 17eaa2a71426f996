namespace Flow.Dataflow.Codecs;

/// <summary>A decoded PNG: samples of 8 or 16 bits (fewer bits are spread to 8, palettes are looked up), [height, width, channels].</summary>
/// <param name="Channels">1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.</param>
/// <param name="BitDepth">8 or 16.</param>
public sealed record PngImage(int Height, int Width, int Channels, int BitDepth, ushort[] Samples)
{
    /// <summary>RGB bytes: gray is repeated, alpha is dropped, and of 16 bits the upper 8 are kept, as Pillow's convert("RGB") does.</summary>
    public RgbImage ToRgb()
    {
        var rgb = new byte[Height * Width * 3];
        var shift = BitDepth - 8;
        var colour = Channels >= 3;
        for (var i = 0; i < Height * Width; i++)
            for (var c = 0; c < 3; c++) rgb[3 * i + c] = (byte)(Samples[i * Channels + (colour ? c : 0)] >> shift);
        return new RgbImage(Height, Width, rgb);
    }

    /// <summary>The first channel.</summary>
    public ushort[] ToGray()
    {
        if (Channels == 1) return Samples;
        var gray = new ushort[Height * Width];
        for (var i = 0; i < gray.Length; i++) gray[i] = Samples[i * Channels];
        return gray;
    }
}
