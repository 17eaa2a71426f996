namespace Flow.Dataflow.Codecs;

/// <summary>An 8-bit image: rows from the top, [height, width, 3].</summary>
public sealed record RgbImage(int Height, int Width, byte[] Pixels);

/// <summary>A field of numbers over an image's pixels: rows from the top, [height, width, channels]. Depth in metres, flow (u, v) in pixels.</summary>
public sealed record FloatImage(int Height, int Width, int Channels, float[] Values);
