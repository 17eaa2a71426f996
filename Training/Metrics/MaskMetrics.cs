namespace Flow.Training.Metrics;

/// <summary>Overlap of two binary masks.</summary>
public readonly record struct Overlap(long Intersection, long Union)
{
    /// <summary>Intersection over union; 1 when both masks are empty, which no reference defines.</summary>
    public double Iou => Union == 0 ? 1 : (double)Intersection / Union;
}

/// <summary>How an RGB picture of a whole object on white becomes a mask.</summary>
public enum GrayWeights
{
    /// <summary>0.299 R + 0.587 G + 0.114 B.</summary>
    Rgb,

    /// <summary>
    /// 0.114 R + 0.587 G + 0.299 B: pix2gestalt hands an RGB picture to a function that expects BGR, and its published figures were
    /// made this way.
    /// </summary>
    Swapped,
}

/// <summary>Amodal segmentation scores as pix2gestalt defines them (facts/models.md section 6).</summary>
public static class MaskMetrics
{
    const int Background = 250;

    // OpenCV's 15-bit fixed-point weights, so that the 8-bit gray values agree exactly.
    const int RedWeight = 9798, GreenWeight = 19235, BlueWeight = 3735, Shift = 15;

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

    /// <summary>8-bit gray values of interleaved RGB bytes, rounded as OpenCV rounds.</summary>
    public static byte[] Gray(ReadOnlySpan<byte> rgb, GrayWeights weights)
    {
        var (first, last) = weights == GrayWeights.Rgb ? (RedWeight, BlueWeight) : (BlueWeight, RedWeight);
        var gray = new byte[rgb.Length / 3];
        for (var i = 0; i < gray.Length; i++)
            gray[i] = (byte)((first * rgb[3 * i] + GreenWeight * rgb[3 * i + 1] + last * rgb[3 * i + 2] + (1 << (Shift - 1))) >> Shift);
        return gray;
    }

    /// <summary>The object of a picture on white: every pixel whose gray value is at most 250.</summary>
    public static bool[] Threshold(ReadOnlySpan<byte> rgb, GrayWeights weights = GrayWeights.Swapped) =>
        [.. Gray(rgb, weights).Select(g => g <= Background)];

    /// <summary>Pixels that more than half of the masks call object (pix2gestalt's vote over samples).</summary>
    public static bool[] Majority(IReadOnlyList<bool[]> masks) =>
        [.. Enumerable.Range(0, masks[0].Length).Select(i => 2 * masks.Count(m => m[i]) > masks.Count)];

    /// <summary>
    /// What the protocol itself allows: the true picture of the whole object, thresholded, against the true mask. It lies below 1
    /// because white parts of objects are lost.
    /// </summary>
    public static Overlap Ceiling(ReadOnlySpan<byte> wholeRgb, ReadOnlySpan<bool> wholeMask, GrayWeights weights = GrayWeights.Swapped) =>
        Overlap(Threshold(wholeRgb, weights), wholeMask);
}
