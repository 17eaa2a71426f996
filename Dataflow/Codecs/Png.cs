using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Flow.Dataflow.Codecs;

/// <summary>
/// PNG after its specification (W3C, third edition): every colour type and bit depth, interlaced or not, with each chunk's
/// CRC checked. Managed code, so that a damaged file can't harm the process (libpng reports errors by longjmp).
/// </summary>
public static class Png
{
    static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static PngImage Decode(ReadOnlySpan<byte> bytes, string file)
    {
        if (!bytes.StartsWith(Signature)) throw new BadFileException(file, "is not a PNG", "fetch the file again");
        PngHeader? header = null;
        byte[] palette = [];
        using var data = new MemoryStream();
        for (var at = Signature.Length; ;)
        {
            var (type, content) = Chunk(bytes, ref at, file);
            var body = bytes[content];
            switch (type)
            {
                case "IHDR" when header is null:
                    header = PngHeader.Read(body, file);
                    break;
                case "PLTE":
                    palette = body.ToArray();
                    break;
                case "IDAT":
                    data.Write(body);
                    break;
                case "IEND":
                    if (header is null) throw Damaged(file, "has no header");
                    data.Position = 0;
                    return PngPixels.Unpack(header, palette, data, file);
            }
        }
    }

    /// <summary>An 8-bit RGB PNG.</summary>
    public static byte[] Encode(RgbImage image) => Encode(image.Width, image.Height, 2, 8, image.Pixels, 3 * image.Width);

    /// <summary>An 8-bit gray PNG of [height, width] bytes.</summary>
    public static byte[] EncodeGray(int width, int height, ReadOnlySpan<byte> gray) => Encode(width, height, 0, 8, gray, width);

    /// <summary>A 16-bit gray PNG, as Marigold's millimetres of depth.</summary>
    public static byte[] EncodeGray16(int width, int height, ReadOnlySpan<ushort> gray)
    {
        var big = new byte[2 * gray.Length];
        for (var i = 0; i < gray.Length; i++) BinaryPrimitives.WriteUInt16BigEndian(big.AsSpan(2 * i), gray[i]);
        return Encode(width, height, 0, 16, big, 2 * width);
    }

    static byte[] Encode(int width, int height, byte colour, byte depth, ReadOnlySpan<byte> rows, int stride)
    {
        using var png = new MemoryStream();
        png.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colour);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Deflate(rows, stride, depth / 8 * (colour == 2 ? 3 : 1)));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <summary>Rows with the Up filter, which suits smooth images and costs nothing.</summary>
    static byte[] Deflate(ReadOnlySpan<byte> rows, int stride, int pixel)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            var line = new byte[stride + 1];
            for (var start = 0; start < rows.Length; start += stride)
            {
                line[0] = start == 0 ? (byte)1 : (byte)2;
                for (var i = 0; i < stride; i++)
                    line[i + 1] = (byte)(rows[start + i] - (start > 0 ? rows[start - stride + i] : i >= pixel ? rows[i - pixel] : 0));
                zlib.Write(line);
            }
        }
        return packed.ToArray();
    }

    static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> body)
    {
        var chunk = new byte[12 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        type.CopyTo(chunk.AsSpan(4));
        body.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + body.Length), Crc32.Of(chunk.AsSpan(4, 4 + body.Length)));
        png.Write(chunk);
    }

    /// <summary>The chunk at a place, checked; moves the place behind it.</summary>
    static (string Type, Range Content) Chunk(ReadOnlySpan<byte> bytes, ref int at, string file)
    {
        var rest = bytes[at..];
        if (rest.Length < 12 || BinaryPrimitives.ReadUInt32BigEndian(rest) is var length && length > rest.Length - 12)
            throw Damaged(file, "ends in the middle of a chunk");
        var size = (int)length;
        if (BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + size)..]) != Crc32.Of(rest.Slice(4, 4 + size)))
            throw Damaged(file, "has a chunk with a wrong checksum");
        at += 12 + size;
        return (Encoding.ASCII.GetString(rest.Slice(4, 4)), (at - 4 - size)..(at - 4));
    }

    internal static BadFileException Damaged(string file, string problem, Exception? cause = null) =>
        new(file, problem, "fetch the file again or remove it", cause);
}
