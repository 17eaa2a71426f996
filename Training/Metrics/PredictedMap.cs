namespace Flow.Training.Metrics;

/// <summary>What a decoded picture, three planes [3, H, W], says in the units of its task (facts/models.md section 4).</summary>
public static class PredictedMap
{
    /// <summary>Affine-invariant depth in [0, 1], near to far: the mean of the planes, clipped to [-1, 1] and shifted, as Marigold reads it.</summary>
    public static float[] Depth(ReadOnlySpan<float> planes)
    {
        var pixels = planes.Length / 3;
        var depth = new float[pixels];
        for (var i = 0; i < pixels; i++)
            depth[i] = (Math.Clamp((planes[i] + planes[pixels + i] + planes[2 * pixels + i]) / 3, -1, 1) + 1) / 2;
        return depth;
    }

    /// <summary>Flow [2, H, W] in pixels of the picture: u from the red plane, v from the green.</summary>
    /// <param name="scale">Pixels that were drawn as 1.</param>
    public static float[] Flow(ReadOnlySpan<float> planes, float scale)
    {
        var flow = planes[..(2 * planes.Length / 3)].ToArray();
        for (var i = 0; i < flow.Length; i++) flow[i] *= scale;
        return flow;
    }
}
