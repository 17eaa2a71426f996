namespace Flow.Dataflow.Codecs;

/// <summary>Any photograph as RGB bytes. The format is told by the content, since ImageNet holds a PNG under the name of a JPEG.</summary>
public static class ImageFile
{
    public static RgbImage Read(string path) => Decode(Limits.ReadFile(path), path);

    /// <param name="file">The name to report in errors.</param>
    /// <param name="atLeast">JPEG only: the decoder may halve up to three times while both sides keep this many pixels; 0 decodes in full.</param>
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string file, int atLeast = 0) => bytes switch
    {
        [0xFF, 0xD8, ..] => Jpeg.Decode(bytes, file, atLeast),
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => Png.Decode(bytes, file).ToRgb(),
        [(byte)'P', (byte)'6', ..] => Ppm.Decode(bytes, file),
        _ => throw new BadFileException(file, "is neither JPEG, PNG nor PPM", "fetch the file again or remove it"),
    };
}
