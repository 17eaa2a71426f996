using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Flow.Dataflow.Codecs;

/// <summary>Portable float maps: "Pf" one channel, "PF" three; rows from the bottom; a negative scale means little endian.</summary>
public static class Pfm
{
    public static FloatImage Decode(ReadOnlySpan<byte> bytes, string file)
    {
        var channels = bytes switch
        {
            [(byte)'P', (byte)'f', ..] => 1,
            [(byte)'P', (byte)'F', ..] => 3,
            _ => throw new BadFileException(file, "is not a PFM file", "fetch the file again"),
        };
        var at = 2;
        var (width, height, scale) = (Word(bytes, ref at), Word(bytes, ref at), Word(bytes, ref at));
        if (width is not (>= 1 and <= int.MaxValue) || height is not (>= 1 and <= int.MaxValue) || scale is 0 or double.NaN)
            throw new BadFileException(file, "has a damaged PFM header", "fetch the file again");
        Limits.CheckSize(file, (long)width, (long)height);
        var image = new FloatImage((int)height, (int)width, channels, new float[(int)height * (int)width * channels]);
        if (bytes.Length - at != sizeof(float) * (long)image.Values.Length)
            throw new BadFileException(file, $"holds {bytes.Length - at} bytes of numbers, not {sizeof(float) * (long)image.Values.Length}", "fetch the file again");
        var row = image.Width * channels;
        for (var y = 0; y < image.Height; y++)
        {
            var into = image.Values.AsSpan((image.Height - 1 - y) * row, row);
            bytes.Slice(at + y * row * sizeof(float), row * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(into));
            if (scale > 0) Swap(MemoryMarshal.Cast<float, int>(into));
        }
        return image;
    }

    static void Swap(Span<int> words) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(words, words);

    /// <summary>The next number of the header and the one white space that ends it; NaN when there is none.</summary>
    static double Word(ReadOnlySpan<byte> bytes, ref int at)
    {
        while (at < bytes.Length && char.IsWhiteSpace((char)bytes[at])) at++;
        var start = at;
        while (at < bytes.Length && at - start < 32 && !char.IsWhiteSpace((char)bytes[at])) at++;
        var text = Encoding.ASCII.GetString(bytes[start..at]);
        at = Math.Min(at + 1, bytes.Length);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
    }
}
