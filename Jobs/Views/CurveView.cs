using Flow.Domain.Curves;
using Flow.Jobs.Steps;
using Flow.Storage.Results;

namespace Flow.Jobs.Views;

/// <summary>One curve of a training as it is drawn.</summary>
/// <param name="X">Optimizer steps, ascending.</param>
/// <param name="Count">Points of the whole curve within the range asked for.</param>
/// <param name="MeanX">Middles of the buckets, with the averages of all their points in <paramref name="MeanY"/>.</param>
public sealed record CurveView(string Metric, IReadOnlyList<long> X, IReadOnlyList<double> Y, long Count, IReadOnlyList<double> MeanX, IReadOnlyList<double> MeanY);

/// <summary>The curves of one training within a range of optimizer steps, few enough points to draw, no extreme lost.</summary>
/// <param name="Last">The last optimizer step that has a point anywhere; 0 where there is none.</param>
public sealed record CurvesView(long From, long To, long Last, IReadOnlyList<CurveView> Curves)
{
    /// <param name="step">Name of the training step.</param>
    /// <param name="from">Null begins with the curve.</param>
    /// <param name="to">Null ends with the curve.</param>
    /// <param name="buckets">At most four points each.</param>
    public static CurvesView Of(Lab lab, string step, long? from, long? to, int buckets, CancellationToken cancel)
    {
        var reader = new CurveReader(lab.Results);
        var stored = reader.Range(step, cancel);
        // Read after the store: a checkpoint in between shows points twice rather than not at all.
        var tail = Tail(lab, step).Where(point => point.OptimizerStep > (stored?.Last ?? 0)).ToList();
        if (stored is null && tail.Count == 0) return new CurvesView(0, 0, 0, []);
        var last = tail.Select(point => point.OptimizerStep).Append(stored?.Last ?? 0).Max();
        var low = Math.Max(from ?? 0, stored?.First ?? tail.Min(point => point.OptimizerStep));
        var high = Math.Max(low, Math.Min(to ?? last, last));
        var reduced = stored is null ? [] : reader.Extremes(step, null, low, high, buckets, cancel);
        var metrics = reduced.Select(curve => curve.Metric).Union(tail.Select(point => point.Metric));
        return new CurvesView(low, high, last, [.. metrics.Select(metric => Merged(
            metric, reduced.FirstOrDefault(curve => curve.Metric == metric), tail.Where(point => point.Metric == metric).ToList(), low, high, buckets))]);
    }

    static CurveView Merged(string metric, ReducedCurve? stored, List<TailPoint> tail, long from, long to, int buckets)
    {
        var points = (stored?.Points ?? []).Select(point => new CurvePoint(point.Step, point.Value))
            .Concat(tail.Select(point => new CurvePoint(point.OptimizerStep, point.Value)));
        var kept = Downsample.Extremes(points, from, to, buckets);
        var more = tail.Where(point => from <= point.OptimizerStep && point.OptimizerStep <= to && double.IsFinite(point.Value)).ToList();
        var means = Means((stored?.Means ?? []).Concat(more.Select(point => new BucketMean(point.OptimizerStep, point.Value, 1))), from, to, buckets);
        return new CurveView(
            metric, [.. kept.Map(point => point.X)], [.. kept.Map(point => point.Y)], (stored?.Count ?? 0) + more.Count, [.. means.Select(mean => mean.Step)], [.. means.Select(mean => mean.Value)]);
    }

    /// <summary>A bucket may hold points of the store and of the tail.</summary>
    static List<BucketMean> Means(IEnumerable<BucketMean> parts, long from, long to, int buckets) =>
    [
        .. parts.GroupBy(part => Downsample.Bucket((long)part.Step, from, to, buckets)).OrderBy(bucket => bucket.Key).Select(bucket =>
        {
            var count = bucket.Sum(part => part.Count);
            return new BucketMean(bucket.Sum(part => part.Step * part.Count) / count, bucket.Sum(part => part.Value * part.Count) / count, count);
        }),
    ];

    static IReadOnlyList<TailPoint> Tail(Lab lab, string step) => lab.Steps.Unfinished(step) is { } work ? CurveTail.Read(work) : [];
}
