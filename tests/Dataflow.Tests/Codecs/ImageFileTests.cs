using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Synth;
using Flow.TestData;
using Xunit;

namespace Flow.Dataflow.Tests.Codecs;

public sealed class ImageFileTests
{
    static readonly RgbImage Picture = new(40, 40, SceneRenderer.Render(3, 1, 40).Rgb);

    [Fact]
    public void Png_RoundTrips_Rgb_Gray_And16Bits()
    {
        var rgb = Png.Decode(Png.Encode(Picture), "x");
        Assert.Equal((8, 3), (rgb.BitDepth, rgb.Channels));
        Assert.Equal(Picture.Pixels, rgb.ToRgb().Pixels);

        byte[] gray = [.. Enumerable.Range(0, 35).Select(i => (byte)(i * 37))];
        Assert.Equal(gray.Select(g => (ushort)g), Png.Decode(Png.EncodeGray(7, 5, gray), "x").ToGray());

        ushort[] deep = [.. Enumerable.Range(0, 35).Select(i => (ushort)(i * 1873))];
        var read = Png.Decode(Png.EncodeGray16(7, 5, deep), "x");
        Assert.Equal(16, read.BitDepth);
        Assert.Equal(deep, read.ToGray());
    }

    /// <summary>Interlaced, with 2-bit palette indices: pass by pass, from the specification's table.</summary>
    [Fact]
    public void Png_Interlaced_WithPalette_IsDecoded()
    {
        const int width = 9, height = 5;
        byte[] palette = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120];
        var indices = new int[width * height];
        for (var i = 0; i < indices.Length; i++) indices[i] = (i * 7 + i / width) % 4;
        using var rows = new MemoryStream();
        foreach (var (x0, y0, dx, dy) in new[] { (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2) })
            for (var y = y0; y < height && x0 < width; y += dy)
            {
                rows.WriteByte(0);
                var columns = Enumerable.Range(0, (width - x0 + dx - 1) / dx).Select(i => indices[y * width + x0 + i * dx]).ToArray();
                foreach (var four in columns.Chunk(4)) rows.WriteByte((byte)four.Select((index, i) => index << (6 - 2 * i)).Sum());
            }
        var png = PngOf(width, height, 2, 3, interlace: 1, palette, rows.ToArray());
        Assert.Equal(indices.SelectMany(i => palette[(3 * i)..(3 * i + 3)]), Png.Decode(png, "x").ToRgb().Pixels);
    }

    [Fact]
    public void Png_DecompressionBomb_IsRefusedBeforeItIsAllocated()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var bomb = PngOf(1_000_000, 1_000_000, 8, 2, 0, [], new byte[100]);
        Assert.Contains("1000000 x 1000000", Assert.Throws<BadFileException>(() => Png.Decode(bomb, "bomb.png")).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Jpeg_RoundTrips_WithinItsQuality()
    {
        var again = Jpeg.Decode(Jpeg.Encode(Picture, 98), "x");
        Assert.Equal((40, 40), (again.Height, again.Width));
        Assert.True(again.Pixels.Zip(Picture.Pixels, (a, b) => Math.Abs(a - b)).Average() < 3);
    }

    [Fact]
    public void Jpeg_Scaled_KeepsTheAskedSide()
    {
        var jpeg = Jpeg.Encode(new RgbImage(200, 300, new byte[200 * 300 * 3]));
        Assert.Equal((100, 150), Jpeg.Decode(jpeg, "x", atLeast: 64) is var half ? (half.Height, half.Width) : default);
        Assert.Equal((50, 75), Jpeg.Decode(jpeg, "x", atLeast: 50) is var quarter ? (quarter.Height, quarter.Width) : default);
        Assert.Equal((200, 300), Jpeg.Decode(jpeg, "x") is var full ? (full.Height, full.Width) : default);
    }

    [Fact]
    public void Jpeg_CutShort_IsRefused()
    {
        var jpeg = Jpeg.Encode(Picture);
        Assert.Contains("cut.JPEG", Assert.Throws<BadFileException>(() => ImageFile.Decode(jpeg.AsSpan(0, jpeg.Length / 2), "cut.JPEG")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheContentTellsTheFormat_NotTheName()
    {
        Assert.Equal(Picture.Pixels, ImageFile.Decode(Png.Encode(Picture), "n02105855_2933.JPEG").Pixels);
        Assert.Equal(Picture.Pixels, ImageFile.Decode(Ppm.Encode(Picture), "x.JPEG").Pixels);
        Assert.Throws<BadFileException>(() => ImageFile.Decode("GIF89a"u8, "x.JPEG"));
    }

    [Fact]
    public void Ppm_ReadsCommentsAndLineBreaks()
    {
        byte[] file = [.. Encoding.ASCII.GetBytes("P6\n# made by hand\n2 1\n255\n"), 1, 2, 3, 4, 5, 6];
        Assert.Equal([1, 2, 3, 4, 5, 6], Ppm.Decode(file, "x").Pixels);
        Assert.Throws<BadFileException>(() => Ppm.Decode(file.AsSpan(0, file.Length - 1), "x"));
    }

    [Fact]
    public void Npy_IsWhatNumPyWrites()
    {
        var file = Npy.Encode([1f, 2f, 3f, 4f, 5f, 6f], 2, 3);
        var header = Encoding.ASCII.GetString(file, 10, file.Length - 24 - 10);
        Assert.Equal(0, (file.Length - 24) % 64);
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, ), }", header.TrimEnd());
        Assert.Equal(6f, BitConverter.ToSingle(file, file.Length - 4));
    }

    [DataFact]
    public void EveryRealPhotograph_IsDecoded()
    {
        var files = Directory.GetFiles(Path.Combine(SharedFolder.Data!, "imagenet"), "*.JPEG", SearchOption.AllDirectories);
        Assert.Equal(250, files.Length);
        Assert.All(files.AsParallel().Select(ImageFile.Read), image => Assert.Equal(image.Height * image.Width * 3, image.Pixels.Length));
    }

    static byte[] PngOf(int width, int height, byte depth, byte colour, byte interlace, byte[] palette, byte[] rows)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (depth, colour, interlace);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(rows);
        return [0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR", header), .. Chunk("PLTE", palette), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    static byte[] Chunk(string type, byte[] body)
    {
        byte[] part = [.. Encoding.ASCII.GetBytes(type), .. body];
        var chunk = new byte[part.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        part.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(4 + part.Length), Crc(part));
        return chunk;
    }

    static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }
}
