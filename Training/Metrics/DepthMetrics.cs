using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Training.Metrics;

/// <summary>Errors and accuracies of one depth map, or of a set of them; g is the truth, p the prediction, means over valid pixels.</summary>
/// <param name="AbsRel">mean |p - g| / g.</param>
/// <param name="SqRel">mean (p - g)^2 / g.</param>
/// <param name="Rmse">sqrt mean (p - g)^2, metres.</param>
/// <param name="RmseLog">sqrt mean (ln p - ln g)^2.</param>
/// <param name="Log10">mean |log10 p - log10 g|.</param>
/// <param name="Delta1">Fraction with max(p/g, g/p) &lt; 1.25, strictly; delta2 and delta3 with 1.25^2 and 1.25^3.</param>
/// <param name="InverseRmse">sqrt mean (1/p - 1/g)^2, 1/metres.</param>
/// <param name="SiLog">100 sqrt(mean d^2 - (mean d)^2), d = ln p - ln g (Eigen et al. 2014).</param>
/// <param name="Pixels">Valid pixels.</param>
public readonly record struct DepthScores(
    double AbsRel, double SqRel, double Rmse, double RmseLog, double Log10,
    double Delta1, double Delta2, double Delta3, double InverseRmse, double SiLog, long Pixels);

/// <summary>How a depth map is judged.</summary>
/// <param name="Minimum">Least depth of the data set in metres; predictions are clipped to it after alignment. 1e-5 for Hypersim.</param>
/// <param name="Maximum">Greatest depth of the data set in metres. 65 for Hypersim.</param>
public sealed record DepthProtocol(
    AlignmentKind Alignment = AlignmentKind.LeastSquares,
    double Minimum = 1e-5,
    double Maximum = 65);

/// <summary>Depth metrics as Marigold's evaluation defines them (facts/models.md section 6).</summary>
public static class DepthMetrics
{
    const double LeastDepth = 1e-6;
    const double LeastDisparity = 1e-3;

    /// <summary>Aligns, clips to the data set's range and scores one image; none when it has no valid pixel.</summary>
    /// <param name="prediction">Any units when the protocol aligns; row-major, as long as the other two.</param>
    /// <param name="truth">Metres, positive where valid.</param>
    public static Option<DepthScores> Evaluate(
        ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid, DepthProtocol protocol)
    {
        var depth = Aligned(prediction, truth, valid, protocol.Alignment);
        for (var i = 0; i < depth.Length; i++)
            depth[i] = Math.Max(Math.Clamp(depth[i], protocol.Minimum, protocol.Maximum), LeastDepth);
        return Score(depth, truth, valid);
    }

    /// <summary>The prediction in the truth's units, before any clipping of the protocol; every pixel, also invalid ones.</summary>
    public static double[] Aligned(
        ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid, AlignmentKind alignment) =>
        alignment switch
        {
            AlignmentKind.None => Affine.Identity.Apply(prediction),
            AlignmentKind.LeastSquares => Alignment.LeastSquares(prediction, truth, valid).Apply(prediction),
            AlignmentKind.LeastSquaresDisparity => DisparityAligned(prediction, truth, valid),
            AlignmentKind.MedianScale => Alignment.MedianScale(prediction, truth, valid).Apply(prediction),
            AlignmentKind.MedianShiftScale => Alignment.MedianShiftScale(prediction, truth, valid).Apply(prediction),
            _ => throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "unknown alignment"),
        };

    /// <summary>Scores a metric depth map without aligning or clipping it; none when it has no valid pixel.</summary>
    public static Option<DepthScores> Score(ReadOnlySpan<double> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid)
    {
        var n = 0L;
        double abs = 0, squareRel = 0, square = 0, logSum = 0, logSquare = 0, logAbs = 0, inverse = 0;
        var within = (One: 0L, Two: 0L, Three: 0L);
        for (var i = 0; i < valid.Length; i++)
        {
            if (!valid[i]) continue;
            var (p, g) = (prediction[i], (double)truth[i]);
            var (d, log, ratio) = (p - g, Math.Log(p) - Math.Log(g), Math.Max(p / g, g / p));
            n++;
            abs += Math.Abs(d) / g;
            squareRel += d * d / g;
            square += d * d;
            logSum += log;
            logSquare += log * log;
            logAbs += Math.Abs(log);
            inverse += (1 / p - 1 / g) * (1 / p - 1 / g);
            within = (within.One + (ratio < 1.25 ? 1 : 0), within.Two + (ratio < 1.25 * 1.25 ? 1 : 0), within.Three + (ratio < 1.25 * 1.25 * 1.25 ? 1 : 0));
        }
        if (n == 0) return None;
        var bias = logSum / n;
        return Some(new DepthScores(
            abs / n, squareRel / n, Math.Sqrt(square / n), Math.Sqrt(logSquare / n), logAbs / n / Math.Log(10),
            (double)within.One / n, (double)within.Two / n, (double)within.Three / n,
            Math.Sqrt(inverse / n), 100 * Math.Sqrt(Math.Max(0, logSquare / n - bias * bias)), n));
    }

    /// <summary>
    /// The scores of a data set: means over images, each with weight 1; log10 pools the pixels and SiLog averages before the root, as
    /// Marigold's functions do on a batch.
    /// </summary>
    public static DepthScores Mean(IReadOnlyCollection<DepthScores> images)
    {
        if (images.Count == 0) throw new ArgumentException("no image was scored", nameof(images));
        var pixels = images.Sum(s => s.Pixels);
        return new(
            images.Average(s => s.AbsRel), images.Average(s => s.SqRel), images.Average(s => s.Rmse), images.Average(s => s.RmseLog),
            images.Sum(s => s.Log10 * s.Pixels) / pixels,
            images.Average(s => s.Delta1), images.Average(s => s.Delta2), images.Average(s => s.Delta3),
            images.Average(s => s.InverseRmse), Math.Sqrt(images.Average(s => s.SiLog * s.SiLog)), pixels);
    }

    static double[] DisparityAligned(ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid)
    {
        var disparity = new float[truth.Length];
        var both = new bool[truth.Length];
        for (var i = 0; i < both.Length; i++)
        {
            disparity[i] = truth[i] > 0 ? 1 / truth[i] : 0;
            both[i] = valid[i] && truth[i] > 0 && prediction[i] > 0;
        }
        var depth = Alignment.LeastSquares(prediction, disparity, both).Apply(prediction);
        for (var i = 0; i < depth.Length; i++) depth[i] = 1 / Math.Max(depth[i], LeastDisparity);
        return depth;
    }
}
