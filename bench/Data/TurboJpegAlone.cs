using System.Runtime.InteropServices;

namespace Flow.Bench.Data;

/// <summary>libturbojpeg by itself: one handle and one buffer for all images, so that nothing is measured but the decoder.</summary>
sealed unsafe partial class TurboJpegAlone : IDisposable
{
    const int Rgb = 0;

    readonly nint handle = tjInitDecompress();
    byte[] pixels = [];

    public void Decode(byte[] jpeg)
    {
        if (tjDecompressHeader3(handle, jpeg, (nuint)jpeg.Length, out var width, out var height, out _, out _) != 0) throw new InvalidDataException("not a JPEG");
        if (pixels.Length < 3 * width * height) pixels = new byte[3 * width * height];
        if (tjDecompress2(handle, jpeg, (nuint)jpeg.Length, pixels, width, 0, height, Rgb, 0) != 0) throw new InvalidDataException("not a whole JPEG");
    }

    public void Dispose() => _ = tjDestroy(handle);

    const string Library = "libturbojpeg.so.0";

    [LibraryImport(Library)]
    private static partial nint tjInitDecompress();

    [LibraryImport(Library)]
    private static partial int tjDestroy(nint handle);

    [LibraryImport(Library)]
    private static partial int tjDecompressHeader3(nint handle, byte[] jpeg, nuint size, out int width, out int height, out int subsampling, out int colour);

    [LibraryImport(Library)]
    private static partial int tjDecompress2(nint handle, byte[] jpeg, nuint size, byte[] into, int width, int pitch, int height, int format, int flags);
}
