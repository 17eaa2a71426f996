using Flow.Dataflow.Codecs;

namespace Flow.Dataflow.Preprocess;

/// <summary>
/// Optical flow drawn as an image: u in red, v in green, their mean in blue, each divided by a fixed number of pixels. (The papers draw
/// one component three times and run the model twice; one image with both needs one run.)
/// </summary>
public static class FlowTarget
{
    /// <summary>Pixels of flow at 512 pixels of width that are drawn as 1, in the papers.</summary>
    public const float PaperScale = 75;

    /// <summary>Resizes a flow field; its vectors shrink with the image.</summary>
    public static FloatImage Resize(FloatImage flow, int size)
    {
        var (scaleU, scaleV) = ((float)size / flow.Width, (float)size / flow.Height);
        var resized = Crop.Nearest(flow, size);
        var values = (float[])resized.Values.Clone();
        for (var i = 0; i < values.Length; i += 2) (values[i], values[i + 1]) = (values[i] * scaleU, values[i + 1] * scaleV);
        return resized with { Values = values };
    }

    /// <summary>Three planes [3, height, width]; not clipped. Vectors without truth (NaN) are drawn as no motion.</summary>
    public static float[] Draw(FloatImage flow, float scale)
    {
        var area = flow.Height * flow.Width;
        var planes = new float[3 * area];
        for (var i = 0; i < area; i++)
        {
            var (u, v) = (flow.Values[2 * i] / scale, flow.Values[2 * i + 1] / scale);
            if (float.IsNaN(u + v)) continue;
            (planes[i], planes[area + i], planes[2 * area + i]) = (u, v, (u + v) / 2);
        }
        return planes;
    }

    /// <summary>The flow of the mirrored image pair: mirrored, and running the other way.</summary>
    public static FloatImage Mirror(FloatImage flow)
    {
        var values = new float[flow.Values.Length];
        for (var y = 0; y < flow.Height; y++)
            for (var x = 0; x < flow.Width; x++)
            {
                var (from, to) = (2 * (y * flow.Width + x), 2 * (y * flow.Width + flow.Width - 1 - x));
                (values[to], values[to + 1]) = (-flow.Values[from], flow.Values[from + 1]);
            }
        return flow with { Values = values };
    }
}
