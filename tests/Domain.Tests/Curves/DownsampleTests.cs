using Flow.Domain.Curves;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Domain.Tests.Curves;

/// <summary>Issue 9, line 4: fewer points, no extreme lost.</summary>
public sealed class DownsampleTests
{
    sealed record Case(CurvePoint[] Points, long From, long To, int Buckets);

    static readonly Gen<Case> Cases =
        from ys in Gen.Choose(-1000, 1000).Select(y => y / 7.0).ArrayOf()
        from gap in Gen.Choose(1, 5)
        from buckets in Gen.Choose(1, 40)
        from start in Gen.Choose(0, 20)
        from length in Gen.Choose(1, 400)
        select new Case([.. ys.Select((y, i) => new CurvePoint(1 + i * gap, y))], start, start + length, buckets);

    static void ForAll(Action<Case> holds) => Prop.ForAll(Cases.ToArbitrary(), holds).Check(PropertySeed.Config);

    static CurvePoint[] Inside(Case given) => [.. given.Points.Where(point => given.From <= point.X && point.X <= given.To)];

    [Fact]
    public void EveryBucket_KeepsItsEndsAndExtremes() => ForAll(given =>
    {
        var kept = Downsample.Extremes(given.Points, given.From, given.To, given.Buckets);
        foreach (var bucket in Inside(given).GroupBy(point => Downsample.Bucket(point.X, given.From, given.To, given.Buckets)))
        {
            var left = kept.Filter(point => Downsample.Bucket(point.X, given.From, given.To, given.Buckets) == bucket.Key).ToList();
            Assert.Equal((bucket.Min(p => p.Y), bucket.Max(p => p.Y)), (left.Min(p => p.Y), left.Max(p => p.Y)));
            Assert.Equal((bucket.First(), bucket.Last()), (left[0], left[^1]));
        }
    });

    [Fact]
    public void WhatIsKept_WasThere_InOrder_AndIsFew() => ForAll(given =>
    {
        var kept = Downsample.Extremes(given.Points, given.From, given.To, given.Buckets).ToList();
        Assert.Empty(kept.Except(Inside(given)));
        Assert.Equal(kept.Select(point => point.X).Order().Distinct(), kept.Select(point => point.X));
        Assert.True(kept.Count <= Downsample.PerBucket * given.Buckets);
    });

    [Fact]
    public void OrderAndRepetition_ChangeNothing() => ForAll(given =>
    {
        var once = Downsample.Extremes(given.Points, given.From, given.To, given.Buckets);
        Assert.Equal(once, Downsample.Extremes(given.Points.Reverse(), given.From, given.To, given.Buckets));
        Assert.Equal(once, Downsample.Extremes(once, given.From, given.To, given.Buckets));
    });

    /// <summary>What lets a stored part and a growing tail be reduced apart.</summary>
    [Fact]
    public void Parts_MayBeReducedFirst() => ForAll(given =>
    {
        var half = given.Points.Length / 2;
        var parts = Downsample.Extremes(given.Points.Take(half), given.From, given.To, given.Buckets).Concat(given.Points.Skip(half));
        Assert.Equal(
            Downsample.Extremes(given.Points, given.From, given.To, given.Buckets),
            Downsample.Extremes(parts, given.From, given.To, given.Buckets));
    });

    [Fact]
    public void Infinities_AreLeftOut()
    {
        var points = new CurvePoint[] { new(1, 1), new(2, double.NaN), new(3, double.PositiveInfinity), new(4, 2) };
        Assert.Equal((CurvePoint[])[new(1, 1), new(4, 2)], Downsample.Extremes(points, 0, 10, 1));
    }
}
