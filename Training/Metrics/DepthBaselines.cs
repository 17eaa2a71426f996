namespace Flow.Training.Metrics;

/// <summary>Two depth predictions that never look at the image. A model sees something only if it beats the second.</summary>
public static class DepthBaselines
{
    /// <summary>One value everywhere; after least squares it becomes the mean depth of the image's valid pixels.</summary>
    public static float[] Constant(int pixels) => new float[pixels];

    /// <summary>The pixel-wise mean of the training set's depth maps, each in the units that a model is trained on.</summary>
    /// <param name="normalised">Maps of equal size, e.g. each mapped to [-1, 1] by its own 2nd and 98th percentile.</param>
    public static float[] MeanMap(IEnumerable<float[]> normalised)
    {
        double[]? sum = null;
        var count = 0;
        foreach (var map in normalised)
        {
            sum ??= new double[map.Length];
            if (map.Length != sum.Length) throw new ArgumentException($"depth map {count} has {map.Length} pixels, the first {sum.Length}", nameof(normalised));
            for (var i = 0; i < sum.Length; i++) sum[i] += map[i];
            count++;
        }
        return sum is null ? throw new ArgumentException("no depth map was given", nameof(normalised)) : [.. sum.Select(s => (float)(s / count))];
    }
}
