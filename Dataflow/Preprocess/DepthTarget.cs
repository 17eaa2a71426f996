namespace Flow.Dataflow.Preprocess;

/// <summary>
/// Marigold's affine-invariant depth: the 2 % and 98 % quantiles of an image's valid pixels become -1 (near) and +1 (far),
/// everything is clipped to [-1, 1].
/// </summary>
public static class DepthTarget
{
    /// <summary>A pixel is valid between these, metres (Hypersim in Marigold; 65.536 m is where its 16-bit files wrap).</summary>
    public const float Nearest = 1e-5f;

    public const float Farthest = 65;

    public static bool IsValid(float metres) => metres is > Nearest and < Farthest;

    /// <summary>The normalised plane; invalid pixels (NaN, 0 or out of range) are drawn as depth 0, which is -1. All -1 when nothing is valid.</summary>
    public static float[] Normalise(ReadOnlySpan<float> metres)
    {
        var valid = new List<float>(metres.Length);
        foreach (var depth in metres)
            if (IsValid(depth)) valid.Add(depth);
        var plane = new float[metres.Length];
        if (valid.Count == 0)
        {
            Array.Fill(plane, -1);
            return plane;
        }
        valid.Sort();
        var (near, far) = (Quantile(valid, 0.02), Quantile(valid, 0.98));
        var range = Math.Max(far - near, 1e-6);
        for (var i = 0; i < plane.Length; i++)
            plane[i] = (float)Math.Clamp(2 * ((IsValid(metres[i]) ? metres[i] : 0) - near) / range - 1, -1, 1);
        return plane;
    }

    /// <summary>Linear interpolation between the two nearest of the sorted values, as torch.quantile does.</summary>
    public static double Quantile(IReadOnlyList<float> sorted, double share)
    {
        var place = share * (sorted.Count - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (place - below) * ((double)sorted[above] - sorted[below]);
    }
}
