using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Training.Metrics;

/// <summary>Errors of an optical flow field, or of a set of them, over valid pixels.</summary>
/// <param name="EndPointError">mean sqrt((u' - u)^2 + (v' - v)^2), pixels.</param>
/// <param name="Within1">Fraction of end-point errors below 1 pixel, strictly; 3 and 5 likewise.</param>
/// <param name="Outliers">Fraction with an error above 3 pixels and above 5 % of the true length (KITTI's Fl-all).</param>
/// <param name="Pixels">Valid pixels.</param>
public readonly record struct FlowScores(double EndPointError, double Within1, double Within3, double Within5, double Outliers, long Pixels);

/// <summary>Optical flow metrics as RAFT's evaluation defines them. A field is [2, H, W]: all u, then all v, pixels, row-major.</summary>
public static class FlowMetrics
{
    /// <summary>Scores one field; none when it has no valid pixel.</summary>
    /// <param name="valid">[H, W].</param>
    public static Option<FlowScores> Score(ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid)
    {
        var pixels = valid.Length;
        var (n, sum, one, three, five, outliers) = (0L, 0.0, 0L, 0L, 0L, 0L);
        for (var i = 0; i < pixels; i++)
        {
            if (!valid[i]) continue;
            var (u, v) = ((double)truth[i], (double)truth[i + pixels]);
            var error = Length(prediction[i] - u, prediction[i + pixels] - v);
            n++;
            sum += error;
            if (error < 1) one++;
            if (error < 3) three++;
            if (error < 5) five++;
            if (error > 3 && error > 0.05 * Length(u, v)) outliers++;
        }
        return n == 0 ? None : Some(new FlowScores(sum / n, (double)one / n, (double)three / n, (double)five / n, (double)outliers / n, n));
    }

    /// <summary>
    /// u' fitted to u and v' to v by least squares with the truth's help, image by image: the perception paper's published protocol.
    /// It is an oracle (a constant prediction gets the mean flow for nothing), so report <see cref="Score"/> of the plain field too.
    /// </summary>
    public static float[] Fitted(ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid)
    {
        var pixels = valid.Length;
        var u = Alignment.LeastSquares(prediction[..pixels], truth[..pixels], valid).Apply(prediction[..pixels]);
        var v = Alignment.LeastSquares(prediction[pixels..], truth[pixels..], valid).Apply(prediction[pixels..]);
        return [.. u.Concat(v).Select(x => (float)x)];
    }

    /// <summary>Every valid pixel of the set with weight 1 (FlyingChairs and Sintel).</summary>
    public static FlowScores Pooled(IReadOnlyCollection<FlowScores> images)
    {
        var pixels = images.Sum(s => s.Pixels);
        if (pixels == 0) throw new ArgumentException("no image was scored", nameof(images));
        double Mean(Func<FlowScores, double> of) => images.Sum(s => of(s) * s.Pixels) / pixels;
        return new(Mean(s => s.EndPointError), Mean(s => s.Within1), Mean(s => s.Within3), Mean(s => s.Within5), Mean(s => s.Outliers), pixels);
    }

    static double Length(double u, double v) => Math.Sqrt(u * u + v * v);
}
