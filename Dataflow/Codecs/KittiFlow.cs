namespace Flow.Dataflow.Codecs;

/// <summary>KITTI's optical flow: a 16-bit RGB PNG with u and v as 64 x pixels + 2^15 and 1 in blue where the pixel has truth.</summary>
public static class KittiFlow
{
    const int Zero = 1 << 15;
    const float Steps = 64;

    public static (FloatImage Flow, bool[] Valid) Decode(ReadOnlySpan<byte> bytes, string file)
    {
        var png = Png.Decode(bytes, file);
        if (png is not { BitDepth: 16, Channels: 3 })
            throw new BadFileException(file, $"has {png.Channels} channels of {png.BitDepth} bits, not 3 of 16", "give a KITTI flow file");
        var flow = new FloatImage(png.Height, png.Width, 2, new float[png.Height * png.Width * 2]);
        var valid = new bool[png.Height * png.Width];
        for (var i = 0; i < valid.Length; i++)
        {
            flow.Values[2 * i] = (png.Samples[3 * i] - Zero) / Steps;
            flow.Values[2 * i + 1] = (png.Samples[3 * i + 1] - Zero) / Steps;
            valid[i] = png.Samples[3 * i + 2] != 0;
        }
        return (flow, valid);
    }
}
