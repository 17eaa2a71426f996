namespace Flow.Training.Metrics;

/// <summary>Overlap of two binary masks.</summary>
public readonly record struct Overlap(long Intersection, long Union)
{
    /// <summary>Intersection over union; 1 when both masks are empty, which no reference defines.</summary>
    public double Iou => Union == 0 ? 1 : (double)Intersection / Union;
}

/// <summary>Amodal segmentation scores as pix2gestalt defines them (facts/models.md section 6).</summary>
public static class MaskMetrics
{
    public static Overlap Overlap(ReadOnlySpan<bool> prediction, ReadOnlySpan<bool> truth)
    {
        if (prediction.Length != truth.Length)
            throw new ArgumentException($"masks of {prediction.Length} and {truth.Length} pixels", nameof(prediction));
        var (intersection, union) = (0L, 0L);
        for (var i = 0; i < truth.Length; i++)
        {
            if (prediction[i] && truth[i]) intersection++;
            if (prediction[i] || truth[i]) union++;
        }
        return new(intersection, union);
    }
}
