using System.Buffers.Binary;
using System.IO.Compression;

namespace Flow.Dataflow.Codecs;

/// <summary>From the compressed rows of a PNG to its samples: inflate, undo the row filters, spread bits, look up the palette.</summary>
static class PngPixels
{
    /// <summary>Adam7: first column, first row, column step and row step of the seven passes of an interlaced image.</summary>
    static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    static readonly (int X, int Y, int StepX, int StepY)[] OnePass = [(0, 0, 1, 1)];

    /// <summary>Deflate can't pack more than 1032 to 1; a file that claims more is damaged or a bomb.</summary>
    const long MaxRatio = 1100;

    public static PngImage Unpack(PngHeader header, byte[] palette, Stream packed, string file)
    {
        if (header.ColourType == PngHeader.Palette && (palette.Length is 0 or > 768 || palette.Length % 3 != 0))
            throw Png.Damaged(file, "has no usable palette");
        if ((long)RowBytes(header, header.Width) * header.Height > MaxRatio * packed.Length)
            throw Png.Damaged(file, $"claims {header.Width} x {header.Height} pixels in {packed.Length} bytes");
        var channels = header.ColourType == PngHeader.Palette ? 3 : header.SamplesPerPixel;
        var samples = new ushort[header.Width * header.Height * channels];
        using var rows = new ZLibStream(packed, CompressionMode.Decompress);
        try
        {
            foreach (var (x, y, stepX, stepY) in header.Interlaced ? Adam7 : OnePass)
            {
                var width = (header.Width - x + stepX - 1) / stepX;
                if (width <= 0) continue;
                var (line, above) = (new byte[RowBytes(header, width)], new byte[RowBytes(header, width)]);
                for (var row = y; row < header.Height; row += stepY)
                {
                    ReadRow(rows, header, line, above, file);
                    var into = samples.AsSpan((row * header.Width + x) * channels);
                    Spread(header, palette, line, width, into, stepX * channels, file);
                    (line, above) = (above, line);
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw Png.Damaged(file, "has damaged or missing pixel data", error);
        }
        return new PngImage(header.Height, header.Width, channels, Math.Max(header.BitDepth, 8), samples);
    }

    static int RowBytes(PngHeader header, int width) => (width * header.SamplesPerPixel * header.BitDepth + 7) / 8;

    static void ReadRow(Stream rows, PngHeader header, byte[] line, byte[] above, string file)
    {
        var filter = rows.ReadByte();
        rows.ReadExactly(line);
        var pixel = Math.Max(1, header.SamplesPerPixel * header.BitDepth / 8);
        switch (filter)
        {
            case 0:
                return;
            case 1:
                for (var i = pixel; i < line.Length; i++) line[i] += line[i - pixel];
                return;
            case 2:
                for (var i = 0; i < line.Length; i++) line[i] += above[i];
                return;
            case 3:
                for (var i = 0; i < line.Length; i++) line[i] += (byte)((above[i] + (i < pixel ? 0 : line[i - pixel])) / 2);
                return;
            case 4:
                for (var i = 0; i < line.Length; i++)
                    line[i] += i < pixel ? above[i] : Paeth(line[i - pixel], above[i], above[i - pixel]);
                return;
            default:
                throw Png.Damaged(file, filter < 0 ? "has missing pixel data" : $"has a row with the unknown filter {filter}");
        }
    }

    static byte Paeth(int left, int up, int corner)
    {
        var (a, b, c) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - 2 * corner));
        return (byte)(a <= b && a <= c ? left : b <= c ? up : corner);
    }

    static void Spread(PngHeader header, byte[] palette, byte[] line, int width, Span<ushort> into, int step, string file)
    {
        var perPixel = header.SamplesPerPixel;
        for (var x = 0; x < width; x++)
            for (var c = 0; c < perPixel; c++)
            {
                var sample = Sample(line, x * perPixel + c, header.BitDepth);
                if (header.ColourType != PngHeader.Palette)
                {
                    into[x * step + c] = header.BitDepth < 8 ? (ushort)(sample * 255 / ((1 << header.BitDepth) - 1)) : sample;
                    continue;
                }
                if (3 * sample >= palette.Length) throw Png.Damaged(file, $"names colour {sample} of a palette of {palette.Length / 3}");
                for (var k = 0; k < 3; k++) into[x * step + k] = palette[3 * sample + k];
            }
    }

    static ushort Sample(byte[] line, int index, int depth) => depth switch
    {
        8 => line[index],
        16 => BinaryPrimitives.ReadUInt16BigEndian(line.AsSpan(2 * index)),
        _ => (ushort)(line[index * depth / 8] >> (8 - depth - index * depth % 8) & (1 << depth) - 1),
    };
}
