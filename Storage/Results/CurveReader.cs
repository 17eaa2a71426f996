using System.Globalization;
using Flow.Storage.Engines;

namespace Flow.Storage.Results;

/// <summary>A down-sampled curve: for each bucket of optimizer steps its first, lowest, highest and last point.</summary>
/// <param name="Points">Ascending, each step once.</param>
/// <param name="Count">Points of the whole curve.</param>
/// <param name="Means">Of each bucket the average over all its points: what is extreme says nothing of the middle.</param>
public sealed record ReducedCurve(string Metric, IReadOnlyList<(long Step, double Value)> Points, long Count, IReadOnlyList<BucketMean> Means);

/// <summary>The average of a bucket's points.</summary>
public readonly record struct BucketMean(double Step, double Value, long Count);

/// <summary>The average of a window of a curve.</summary>
/// <param name="OptimizerStep">Middle of the window.</param>
public sealed record CurveMean(string Step, double OptimizerStep, double Value);

/// <summary>Curves reduced inside the SQL engine, so that a long one costs what its buckets cost.</summary>
public sealed class CurveReader(ResultStore store)
{
    const string Finite = "isfinite(value)";

    /// <summary>First and last optimizer step of a training step's curve, or none.</summary>
    public (long First, long Last)? Range(string step, CancellationToken cancel = default)
    {
        var row = store.Query($"select min(optimizer_step), max(optimizer_step) from curves where step = {Text(step)}", 1, cancel).Rows[0];
        return row[0] is null ? null : (Whole(row[0]), Whole(row[1]));
    }

    /// <summary>All curves of a training step within a range, or one of them, at most four points a bucket. Values that aren't finite are left out.</summary>
    public IReadOnlyList<ReducedCurve> Extremes(string step, string? metric, long from, long to, int buckets, CancellationToken cancel = default)
    {
        var rows = store.Query($"""
            select metric, min(optimizer_step), arg_min(value, optimizer_step), arg_min(optimizer_step, value), min(value),
                   arg_max(optimizer_step, value), max(value), max(optimizer_step), arg_max(value, optimizer_step), count(*),
                   avg(optimizer_step), avg(value)
            from curves where step = {Text(step)} {(metric is null ? "" : $"and metric = {Text(metric)}")} and {Finite}
              and optimizer_step between {from} and {to}
            group by metric, ((optimizer_step - {from}) * {buckets}) // ({to} - {from} + 1) order by 1, 2
            """, cancel: cancel).Rows;
        return [.. rows.GroupBy(row => (string)row[0]!).Select(curve => new ReducedCurve(
            curve.Key, Points(curve), curve.Sum(row => Whole(row[9])), [.. curve.Select(row => new BucketMean((double)row[10]!, (double)row[11]!, Whole(row[9])))]))];
    }

    /// <summary>One metric of all curves that a condition over the view names, each averaged over windows of its own length.</summary>
    /// <param name="steps">Names of the training steps.</param>
    public IReadOnlyList<CurveMean> Means(IReadOnlyList<string> steps, string metric, int windows, CancellationToken cancel = default)
    {
        if (steps.Count == 0) return [];
        var table = store.Query($"""
            with chosen as (select step, optimizer_step, value from curves
                            where metric = {Text(metric)} and {Finite} and step in ({string.Join(", ", steps.Select(Text))})),
                 ends as (select step, max(optimizer_step) as last from chosen group by step)
            select step, avg(optimizer_step), avg(value) from chosen join ends using (step)
            group by step, (optimizer_step - 1) * {windows} // last order by 1, 2
            """, cancel: cancel);
        return [.. table.Rows.Select(row => new CurveMean((string)row[0]!, (double)row[1]!, (double)row[2]!))];
    }

    static List<(long, double)> Points(IEnumerable<IReadOnlyList<object?>> buckets) =>
    [
        .. buckets.SelectMany(row => new[] { 1, 3, 5, 7 }.Select(at => (Step: Whole(row[at]), Value: (double)row[at + 1]!)).DistinctBy(point => point.Step).OrderBy(point => point.Step)),
    ];

    static long Whole(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    static string Text(string value) => SqlText.Quoted(value);
}
