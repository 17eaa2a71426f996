namespace Flow.Training.Metrics;

/// <summary>How a prediction that is known up to scale and shift is brought into the units of the truth.</summary>
public enum AlignmentKind
{
    /// <summary>The prediction is already metric.</summary>
    None,

    /// <summary>Least squares in depth: minimises sum (s p + t - g)^2 over valid pixels (Marigold, and both papers).</summary>
    LeastSquares,

    /// <summary>Least squares in disparity, 1/depth, over pixels where both are positive (Marigold's option for disparity models).</summary>
    LeastSquaresDisparity,

    /// <summary>Scale alone: median(g) / median(p) (Zhou et al. 2017, section 4).</summary>
    MedianScale,

    /// <summary>Median to median, mean absolute deviation to mean absolute deviation (Ranftl et al. 2020, equation 5).</summary>
    MedianShiftScale,
}

/// <summary>y = Scale x + Shift.</summary>
public readonly record struct Affine(double Scale, double Shift)
{
    public static Affine Identity { get; } = new(1, 0);

    public double Apply(double x) => Scale * x + Shift;

    public double[] Apply(ReadOnlySpan<float> x)
    {
        var y = new double[x.Length];
        for (var i = 0; i < y.Length; i++) y[i] = Apply(x[i]);
        return y;
    }
}

/// <summary>Fits that map a prediction onto the truth, image by image, in double precision.</summary>
public static class Alignment
{
    /// <summary>
    /// The affine map of least squared error over the valid pixels. A constant prediction maps to the mean of the truth; without a valid
    /// pixel the map is the identity.
    /// </summary>
    public static Affine LeastSquares(ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid)
    {
        var (n, meanP, meanG) = (0L, 0.0, 0.0);
        for (var i = 0; i < valid.Length; i++)
            if (valid[i]) (n, meanP, meanG) = (n + 1, meanP + prediction[i], meanG + truth[i]);
        if (n == 0) return Affine.Identity;
        (meanP, meanG) = (meanP / n, meanG / n);
        var (variance, covariance) = (0.0, 0.0);
        for (var i = 0; i < valid.Length; i++)
            if (valid[i])
            {
                variance += (prediction[i] - meanP) * (prediction[i] - meanP);
                covariance += (prediction[i] - meanP) * (truth[i] - meanG);
            }
        // a spread at the level of fp32 rounding carries no signal: fitting it would give an arbitrary scale
        var scale = variance > n * meanP * meanP * 1e-14 + double.Epsilon ? covariance / variance : 0;
        return new(scale, meanG - scale * meanP);
    }

    /// <summary>median(g) / median(p); the identity when the prediction's median is not positive, because no positive scale can mend that.</summary>
    public static Affine MedianScale(ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid)
    {
        var median = Median(Values(prediction, valid));
        return median > 0 ? new(Median(Values(truth, valid)) / median, 0) : Affine.Identity;
    }

    /// <summary>The map that gives the prediction the truth's median and mean absolute deviation from it.</summary>
    public static Affine MedianShiftScale(ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid)
    {
        var (p, g) = (Values(prediction, valid), Values(truth, valid));
        if (p.Length == 0) return Affine.Identity;
        var (shiftP, shiftG) = (Median(p), Median(g));
        var (spreadP, spreadG) = (p.Average(x => Math.Abs(x - shiftP)), g.Average(x => Math.Abs(x - shiftG)));
        var scale = spreadP > 0 ? spreadG / spreadP : 0;
        return new(scale, shiftG - scale * shiftP);
    }

    /// <summary>The middle value, or the mean of the two middle ones; 0 of nothing.</summary>
    static double Median(float[] values)
    {
        if (values.Length == 0) return 0;
        var sorted = (float[])values.Clone();
        Array.Sort(sorted);
        return 0.5 * sorted[(sorted.Length - 1) / 2] + 0.5 * sorted[sorted.Length / 2];
    }

    static float[] Values(ReadOnlySpan<float> from, ReadOnlySpan<bool> valid)
    {
        var values = new List<float>(from.Length);
        for (var i = 0; i < from.Length; i++)
            if (valid[i]) values.Add(from[i]);
        return [.. values];
    }
}
