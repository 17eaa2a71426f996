using Flow.Domain.Curves;
using Flow.Storage.Results;
using Xunit;

namespace Flow.Storage.Tests.Results;

/// <summary>Curves reduced by the SQL engine are what the pure function makes of all their points.</summary>
public sealed class CurveReaderTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 5000, 40)]
    [InlineData(777, 4001, 7)]
    [InlineData(1, 9, 50)]
    public void Extremes_AreThoseOfThePureFunction(long from, long to, int buckets)
    {
        var random = new Random(7);
        var points = Enumerable.Range(1, 5000).Select(at => new CurvePoint(at, at == 1234 ? double.NaN : random.NextDouble())).ToList();
        var store = new ResultStore(folder.Path);
        foreach (var part in points.Chunk(1500))
            store.Append(part.Select(point => new CurveRow("study", "run", "step", 1, point.X, "loss", point.Y, point.X, DateTimeOffset.UnixEpoch)));
        store.Append([new CurveRow("study", "run", "other", 1, 10, "loss", 1e9, 1, DateTimeOffset.UnixEpoch)]);

        var reader = new CurveReader(store);
        Assert.Equal((1, 5000), reader.Range("step"));
        var curve = Assert.Single(reader.Extremes("step", null, from, to, buckets));
        Assert.Equal(
            Downsample.Extremes(points, from, to, buckets).Map(point => (point.X, point.Y)),
            curve.Points);
        Assert.Equal(points.Count(point => from <= point.X && point.X <= to && double.IsFinite(point.Y)), curve.Count);
        Assert.Null(reader.Range("none"));
    }

    [Fact]
    public void Means_AreOverWindowsOfEachCurve()
    {
        var store = new ResultStore(folder.Path);
        foreach (var (step, length) in new[] { ("short", 10), ("long", 1000) })
            store.Append(Enumerable.Range(1, length).Select(at => new CurveRow("study", step, step, 1, at, "loss", at, at, DateTimeOffset.UnixEpoch)));
        var means = new CurveReader(store).Means(["short", "long"], "loss", 5).ToLookup(point => point.Step);
        Assert.Equal([1.5, 3.5, 5.5, 7.5, 9.5], means["short"].Select(point => point.Value));
        Assert.Equal([100.5, 300.5, 500.5, 700.5, 900.5], means["long"].Select(point => point.Value));
        Assert.Equal(means["long"].Select(point => point.OptimizerStep), means["long"].Select(point => point.Value));
        Assert.Empty(new CurveReader(store).Means([], "loss", 5));
    }

    [Fact]
    public void ManyFiles_AreMerged_FewAreNot()
    {
        var store = new ResultStore(folder.Path);
        void Append(int from, int count)
        {
            foreach (var at in Enumerable.Range(from, count)) store.Append([new CurveRow("study", "run", "step", 1, at, "loss", at, at, DateTimeOffset.UnixEpoch)]);
        }
        int Files() => Directory.GetFiles(Path.Combine(folder.Path, "curves"), "merged-*").Length;
        Append(1, 64);
        store.CompactIfMany();
        Assert.Equal(0, Files());
        Append(65, 1);
        store.CompactIfMany();
        Assert.Equal(1, Files());
        Assert.Equal(65L, store.Query("select count(*) from curves").Rows[0][0]);
    }
}
