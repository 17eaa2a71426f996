using System.Runtime.InteropServices;

namespace Flow.Dataflow.Codecs;

/// <summary>JPEG by libturbojpeg, at full size or scaled inside the inverse transform. Gray and CMYK become RGB as Pillow's convert("RGB") does.</summary>
public static partial class Jpeg
{
    const int PixelRgb = 0;
    const int PixelCmyk = 11;
    const int ColourCmyk = 3;
    const int ColourYcck = 4;
    const int Subsample444 = 0;

    /// <summary>Refuses progressive files of more than 500 scans, which take minutes to decode.</summary>
    const int LimitScans = 32768;

    /// <summary>A baseline JPEG spends at least 2 bits on a block of 64 pixels, 256 pixels a byte; what claims 16 times that is damaged or a bomb.</summary>
    const long MaxPixelsPerByte = 4096;

    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string file, int atLeast = 0)
    {
        var handle = tjInitDecompress();
        try
        {
            if (tjDecompressHeader3(handle, bytes, (nuint)bytes.Length, out var width, out var height, out _, out var colour) != 0)
                throw Damaged(file, handle);
            Limits.CheckSize(file, width, height);
            if ((long)width * height > MaxPixelsPerByte * bytes.Length)
                throw new BadFileException(file, $"claims {width} x {height} pixels in {bytes.Length} bytes", "fetch the file again or remove it");
            var shrink = Shrink(Math.Min(width, height), atLeast);
            (width, height) = ((width + shrink - 1) / shrink, (height + shrink - 1) / shrink);
            var cmyk = colour is ColourCmyk or ColourYcck;
            var pixels = new byte[width * height * (cmyk ? 4 : 3)];
            var failed = tjDecompress2(
                handle, bytes, (nuint)bytes.Length, pixels, width, 0, height, cmyk ? PixelCmyk : PixelRgb, LimitScans) != 0;
            if (failed && IsFatal(handle)) throw Damaged(file, handle);
            return new RgbImage(height, width, cmyk ? FromCmyk(pixels) : pixels);
        }
        finally
        {
            _ = tjDestroy(handle);
        }
    }

    /// <summary>A JPEG without chroma subsampling.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] Encode(RgbImage image, int quality = 95)
    {
        var handle = tjInitCompress();
        nint buffer = 0;
        try
        {
            if (tjCompress2(handle, image.Pixels, image.Width, 0, image.Height, PixelRgb, ref buffer, out var length, Subsample444, quality, 0) != 0)
                throw new InvalidOperationException($"libturbojpeg could not encode {image.Width} x {image.Height} pixels: {Message(handle)}");
            var bytes = new byte[length];
            Marshal.Copy(buffer, bytes, 0, bytes.Length);
            return bytes;
        }
        finally
        {
            tjFree(buffer);
            _ = tjDestroy(handle);
        }
    }

    static int Shrink(int side, int atLeast)
    {
        var shrink = 1;
        while (atLeast > 0 && shrink < 8 && side / (2 * shrink) >= atLeast) shrink *= 2;
        return shrink;
    }

    /// <summary>Adobe stores CMYK inverted, so that each colour is the product of ink and black.</summary>
    static byte[] FromCmyk(byte[] cmyk)
    {
        var rgb = new byte[cmyk.Length / 4 * 3];
        for (int from = 0, to = 0; from < cmyk.Length; from += 4, to += 3)
            for (var c = 0; c < 3; c++) rgb[to + c] = (byte)((cmyk[from + c] * cmyk[from + 3] + 127) / 255);
        return rgb;
    }

    /// <summary>Pillow shows files with stray bytes but refuses those that end early; so do we, or half the picture would be gray.</summary>
    static bool IsFatal(nint handle) => tjGetErrorCode(handle) != 0 || Message(handle).Contains("Premature end", StringComparison.Ordinal);

    static BadFileException Damaged(string file, nint handle) =>
        new(file, $"is not a whole JPEG ({Message(handle)})", "fetch the file again or remove it");

    static string Message(nint handle) => Marshal.PtrToStringUTF8(tjGetErrorStr2(handle)) ?? "unknown error";

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial nint tjInitDecompress();

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial nint tjInitCompress();

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial int tjDestroy(nint handle);

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial void tjFree(nint buffer);

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial nint tjGetErrorStr2(nint handle);

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial int tjGetErrorCode(nint handle);

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial int tjDecompressHeader3(
        nint handle, ReadOnlySpan<byte> jpeg, nuint size, out int width, out int height, out int subsampling, out int colour);

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial int tjDecompress2(
        nint handle, ReadOnlySpan<byte> jpeg, nuint size, Span<byte> into, int width, int pitch, int height, int format, int flags);

    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial int tjCompress2(
        nint handle, ReadOnlySpan<byte> from, int width, int pitch, int height, int format, ref nint jpeg, out nuint size, int subsampling, int quality, int flags);
}
