using System.Buffers.Text;
using System.Text;

namespace Flow.Dataflow.Codecs;

/// <summary>Binary portable pixmaps (P6, 8 bit), with comments and any white space in the header.</summary>
public static class Ppm
{
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes is not [(byte)'P', (byte)'6', ..]) throw new BadFileException(file, "is not a binary PPM (P6)", "convert it");
        var at = 2;
        var (width, height, maximum) = (Number(bytes, ref at, file), Number(bytes, ref at, file), Number(bytes, ref at, file));
        Limits.CheckSize(file, width, height);
        if (maximum != 255) throw new BadFileException(file, $"has a maximum of {maximum}, not 255", "convert it to 8 bits");
        at++;
        var length = 3 * width * height;
        if (bytes.Length - at < length)
            throw new BadFileException(file, $"holds {bytes.Length} bytes where its header asks for {at + length}", "fetch the file again");
        return new RgbImage(height, width, bytes.Slice(at, length).ToArray());
    }

    public static byte[] Encode(RgbImage image) =>
        [.. Encoding.ASCII.GetBytes($"P6 {image.Width} {image.Height} 255\n"), .. image.Pixels];

    static int Number(ReadOnlySpan<byte> bytes, ref int at, string file)
    {
        while (at < bytes.Length && (char.IsWhiteSpace((char)bytes[at]) || bytes[at] == '#'))
        {
            var comment = bytes[at] == '#';
            do at++; while (comment && at < bytes.Length && bytes[at] != '\n');
        }
        if (at >= bytes.Length || !Utf8Parser.TryParse(bytes[at..], out int value, out var used) || value < 0)
            throw new BadFileException(file, "has a damaged PPM header", "fetch the file again");
        at += used;
        return value;
    }
}
