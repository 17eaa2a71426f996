using Flow.Domain.Pictures;
using LanguageExt;

namespace Flow.Training.Metrics;

/// <summary>The published metrics of each perception task by the names they have in result rows; one image at a time.</summary>
public static class TaskScore
{
    /// <summary>Depth after alignment; none when no pixel is valid.</summary>
    public static Option<IReadOnlyList<(string Metric, double Value)>> Depth(
        ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid, DepthProtocol protocol) =>
        DepthMetrics.Evaluate(prediction, truth, valid, protocol).Map(s => (IReadOnlyList<(string, double)>)
        [
            ("absrel", s.AbsRel), ("delta1", s.Delta1), ("delta2", s.Delta2), ("delta3", s.Delta3), ("sqrel", s.SqRel), ("rmse", s.Rmse),
            ("rmse_log", s.RmseLog), ("log10", s.Log10), ("silog", s.SiLog), ("irmse", s.InverseRmse),
        ]);

    /// <summary>Flow, plain and after the published per-image fit with the truth's help; none when no pixel is valid.</summary>
    public static Option<IReadOnlyList<(string Metric, double Value)>> Flow(
        ReadOnlySpan<float> prediction, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid)
    {
        var fitted = FlowMetrics.Score(FlowMetrics.Fitted(prediction, truth, valid), truth, valid);
        return from plain in FlowMetrics.Score(prediction, truth, valid)
               from fit in fitted
               select (IReadOnlyList<(string, double)>)
               [
                   ("epe", plain.EndPointError), ("outliers", plain.Outliers), ("within1", plain.Within1), ("within3", plain.Within3),
                   ("within5", plain.Within5), ("epe_fitted", fit.EndPointError), ("outliers_fitted", fit.Outliers),
               ];
    }

    /// <summary>Amodal masks: the predicted picture thresholded as published, against the mask of the whole object.</summary>
    /// <param name="prediction">The decoded picture, three planes [3, H, W] in [-1, 1].</param>
    public static IReadOnlyList<(string Metric, double Value)> Amodal(ReadOnlySpan<float> prediction, ReadOnlySpan<bool> whole)
    {
        var iou = Iou(prediction, whole);
        return [("iou", iou), ("iou_error", 1 - iou)];
    }

    /// <summary>
    /// What amodal scores are read beside: the ceiling of the protocol (the true picture thresholded), that of the codec (the true picture
    /// encoded, decoded, thresholded: what a perfect network would score), and the visible mask as the answer.
    /// </summary>
    /// <param name="thresholded">What the threshold finds in the true picture of the whole object.</param>
    /// <param name="decoded">That picture through the codec, [3, H, W] in [-1, 1].</param>
    public static IReadOnlyList<(string Metric, double Value)> AmodalReferences(
        ReadOnlySpan<bool> whole, ReadOnlySpan<bool> visible, ReadOnlySpan<bool> thresholded, ReadOnlySpan<float> decoded) =>
    [
        ("iou_ceiling", MaskMetrics.Overlap(thresholded, whole).Iou),
        ("iou_codec_ceiling", Iou(decoded, whole)),
        ("iou_copy_visible", MaskMetrics.Overlap(visible, whole).Iou),
    ];

    static double Iou(ReadOnlySpan<float> picture, ReadOnlySpan<bool> whole) => MaskMetrics.Overlap(ObjectOnWhite.Mask(Bytes(picture)), whole).Iou;

    /// <summary>Planes in [-1, 1] as interleaved bytes, clamped and rounded.</summary>
    public static byte[] Bytes(ReadOnlySpan<float> planes)
    {
        var pixels = planes.Length / 3;
        var rgb = new byte[planes.Length];
        for (var i = 0; i < pixels; i++)
            for (var c = 0; c < 3; c++) rgb[3 * i + c] = (byte)Math.Round(Math.Clamp((planes[c * pixels + i] + 1) * 127.5, 0, 255));
        return rgb;
    }
}
