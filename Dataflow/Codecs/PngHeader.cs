using System.Buffers.Binary;

namespace Flow.Dataflow.Codecs;

/// <summary>The IHDR chunk of a PNG.</summary>
/// <param name="BitDepth">Bits a sample in the file: 1, 2, 4, 8 or 16.</param>
sealed record PngHeader(int Width, int Height, int BitDepth, int ColourType, bool Interlaced)
{
    public const int Palette = 3;

    /// <summary>Samples a pixel in the file.</summary>
    public int SamplesPerPixel => ColourType switch
    {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };

    public static PngHeader Read(ReadOnlySpan<byte> body, string file)
    {
        if (body.Length != 13) throw Png.Damaged(file, "has a damaged header");
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(body), BinaryPrimitives.ReadUInt32BigEndian(body[4..]));
        Limits.CheckSize(file, width, height);
        var (depth, colour) = (body[8], body[9]);
        var allowed = colour switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            Palette => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        if (!allowed || body[10] != 0 || body[11] != 0 || body[12] > 1)
            throw Png.Damaged(file, $"asks for colour type {colour} at {depth} bits, which PNG doesn't have");
        return new PngHeader((int)width, (int)height, depth, colour, body[12] == 1);
    }
}
