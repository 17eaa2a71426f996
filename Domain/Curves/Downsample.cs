using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Curves;

/// <summary>One point of a measured curve.</summary>
/// <param name="X">The optimizer step.</param>
public readonly record struct CurvePoint(long X, double Y);

/// <summary>
/// Fewer points that draw the same picture. The range of x is cut into equal buckets, and of each bucket the first, the lowest, the highest
/// and the last point are kept (M4; Jugel, Jerzak, Hackenbroich and Markl, "M4: A Visualization-Oriented Time Series Data Aggregation",
/// VLDB 2014): with a bucket a pixel column, the line through them covers the same pixels as the line through all. No spike is lost.
/// </summary>
public static class Downsample
{
    /// <summary>Points kept of one bucket at most.</summary>
    public const int PerBucket = 4;

    /// <summary>The bucket of x, from 0, in [<paramref name="from"/>, <paramref name="to"/>].</summary>
    public static long Bucket(long x, long from, long to, int buckets) => (x - from) * buckets / (to - from + 1);

    /// <summary>Points of the range, ascending in x, at most <see cref="PerBucket"/> a bucket. Those whose y is not finite are left out.</summary>
    /// <param name="points">In any order, each x once.</param>
    public static Seq<CurvePoint> Extremes(IEnumerable<CurvePoint> points, long from, long to, int buckets) => points
        .Where(point => from <= point.X && point.X <= to && double.IsFinite(point.Y))
        .GroupBy(point => Bucket(point.X, from, to, buckets))
        .SelectMany(Kept)
        .OrderBy(point => point.X)
        .ToSeq().Strict();

    /// <summary>Of several lowest or highest points the first counts.</summary>
    static IEnumerable<CurvePoint> Kept(IEnumerable<CurvePoint> bucket)
    {
        var ordered = bucket.OrderBy(point => point.X).ToList();
        return List(ordered[0], ordered.MinBy(point => point.Y), ordered.MaxBy(point => point.Y), ordered[^1]).Distinct();
    }
}
