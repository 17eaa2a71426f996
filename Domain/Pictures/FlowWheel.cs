namespace Flow.Domain.Pictures;

/// <summary>
/// The Middlebury colouring of optical flow: hue is direction, saturation is length (Baker et al. 2011, "A database and evaluation
/// methodology for optical flow").
/// </summary>
public static class FlowWheel
{
    // Steps of the wheel from red through yellow, green, cyan, blue and magenta back to red: more where the eye tells more apart.
    static readonly (int Steps, (int R, int G, int B) From, (int R, int G, int B) To)[] Arcs =
    [
        (15, (255, 0, 0), (255, 255, 0)),
        (6, (255, 255, 0), (0, 255, 0)),
        (4, (0, 255, 0), (0, 255, 255)),
        (11, (0, 255, 255), (0, 0, 255)),
        (13, (0, 0, 255), (255, 0, 255)),
        (6, (255, 0, 255), (255, 0, 0)),
    ];

    static readonly (double R, double G, double B)[] Wheel = [.. Arcs.SelectMany(arc => Enumerable.Range(0, arc.Steps).Select(i =>
    {
        var f = (double)i / arc.Steps;
        return (arc.From.R + f * (arc.To.R - arc.From.R), arc.From.G + f * (arc.To.G - arc.From.G), arc.From.B + f * (arc.To.B - arc.From.B));
    }))];

    /// <summary>A field as interleaved RGB: white where nothing moves, full colour at <paramref name="longest"/> pixels, darkened beyond it.</summary>
    /// <param name="flow">[2, H, W]: all u, then all v; NaN is black.</param>
    /// <param name="longest">Length that gets full colour; none takes the field's own longest.</param>
    public static byte[] Paint(ReadOnlySpan<float> flow, double? longest = null)
    {
        var pixels = flow.Length / 2;
        var unit = longest ?? Longest(flow);
        var rgb = new byte[3 * pixels];
        for (var i = 0; i < pixels; i++)
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = Colour(flow[i] / unit, flow[i + pixels] / unit);
        return rgb;
    }

    /// <summary>The colour of a flow of length 1 or less (full) or more (darkened by a quarter).</summary>
    public static (byte R, byte G, byte B) Colour(double u, double v)
    {
        if (double.IsNaN(u) || double.IsNaN(v)) return default;
        var length = Math.Sqrt(u * u + v * v);
        var position = (Math.Atan2(-v, -u) / Math.PI + 1) / 2 * (Wheel.Length - 1);
        var k = (int)position;
        var f = position - k;
        var (from, to) = (Wheel[k], Wheel[(k + 1) % Wheel.Length]);
        byte Channel(double a, double b)
        {
            var hue = ((1 - f) * a + f * b) / 255;
            return (byte)Math.Floor(255 * (length <= 1 ? 1 - length * (1 - hue) : 0.75 * hue));
        }
        return (Channel(from.R, to.R), Channel(from.G, to.G), Channel(from.B, to.B));
    }

    static double Longest(ReadOnlySpan<float> flow)
    {
        var pixels = flow.Length / 2;
        var longest = 0.0;
        for (var i = 0; i < pixels; i++)
        {
            var length = Math.Sqrt((double)flow[i] * flow[i] + (double)flow[i + pixels] * flow[i + pixels]);
            if (length > longest) longest = length;
        }
        return longest > 0 ? longest : 1;
    }
}
