using System.Runtime.InteropServices;
using Flow.Domain.Runs;
using Flow.Storage.Shards;
using Flow.Training.Metrics;
using LanguageExt;

namespace Flow.Jobs.Steps;

/// <summary>From a decoded picture to a prediction in the task's terms, and its score against the truth of the shard.</summary>
static class Scoring
{
    static readonly DepthProtocol Protocol = new();

    static readonly DepthProtocol ByMedian = Protocol with { Alignment = AlignmentKind.MedianShiftScale };

    /// <summary>The prediction inside a decoded picture [3, H, W].</summary>
    /// <param name="flowScale">Pixels of flow that were drawn as 1.</param>
    public static float[] Prediction(PerceptionTask task, ReadOnlySpan<float> planes, double flowScale)
    {
        var area = planes.Length / 3;
        var map = new float[task == PerceptionTask.Flow ? 2 * area : task == PerceptionTask.Depth ? area : planes.Length];
        switch (task)
        {
            case PerceptionTask.Depth:
                for (var i = 0; i < area; i++) map[i] = (planes[i] + planes[area + i] + planes[2 * area + i]) / 3;
                break;
            case PerceptionTask.Flow:
                for (var i = 0; i < map.Length; i++) map[i] = (float)(planes[i] * flowScale);
                break;
            default:
                planes.CopyTo(map);
                break;
        }
        return map;
    }

    /// <summary>The task's metrics of one prediction; none when the truth has no valid pixel.</summary>
    public static Option<IReadOnlyList<(string Metric, double Value)>> Score(PerceptionTask task, float[] prediction, SampleTruth truth) => task switch
    {
        PerceptionTask.Depth => Depth(prediction, MemoryMarshal.Cast<byte, float>(truth.Values)),
        PerceptionTask.Flow => Flow(prediction, MemoryMarshal.Cast<byte, float>(truth.Values)),
        PerceptionTask.Amodal => Amodal(prediction, truth),
        _ => throw new NotSupportedException(task.ToString()),
    };

    /// <summary>All metrics after least squares, and the two that are compared most after the other alignment.</summary>
    static Option<IReadOnlyList<(string, double)>> Depth(float[] prediction, ReadOnlySpan<float> metres)
    {
        var valid = Valid(metres);
        var byMedian = DepthMetrics.Evaluate(prediction, metres, valid, ByMedian);
        return from squares in TaskScore.Depth(prediction, metres, valid, Protocol)
               from median in byMedian
               select (IReadOnlyList<(string, double)>)
               [
                   .. squares, ("delta1_error", 1 - squares.First(score => score.Metric == "delta1").Value),
                   ("absrel_median", median.AbsRel), ("delta1_median", median.Delta1),
               ];
    }

    static Option<IReadOnlyList<(string, double)>> Flow(float[] prediction, ReadOnlySpan<float> pixels) =>
        TaskScore.Flow(prediction, pixels, Valid(pixels[..(pixels.Length / 2)]));

    /// <summary>Shards without the further masks have no references.</summary>
    static Option<IReadOnlyList<(string, double)>> Amodal(float[] planes, SampleTruth truth)
    {
        var whole = Mask(truth.Values);
        return Option<IReadOnlyList<(string, double)>>.Some([
            .. TaskScore.Amodal(planes, whole),
            .. truth.Amodal is { } beside ? TaskScore.AmodalReferences(whole, Mask(beside.Visible), Mask(beside.Thresholded), beside.Decoded) : []]);
    }

    static bool[] Mask(byte[] values) => Array.ConvertAll(values, value => value > 127);

    static bool[] Valid(ReadOnlySpan<float> truth)
    {
        var valid = new bool[truth.Length];
        for (var i = 0; i < valid.Length; i++) valid[i] = float.IsFinite(truth[i]);
        return valid;
    }

    /// <summary>The unit of a metric's values.</summary>
    public static string Unit(string metric) => metric switch
    {
        "epe" or "epe_fitted" => "px",
        "rmse" or "sqrel" => "m",
        "irmse" => "1/m",
        _ => "1",
    };

    public static double FlowScale(ShardSchema schema) =>
        schema.Properties.TryGetValue("flow_scale", out var scale) ? double.Parse(scale, System.Globalization.CultureInfo.InvariantCulture) : 1;
}
