using Flow.Storage.Engines;
using Flow.Storage.Results;
using Flow.TestData;
using Xunit;

namespace Flow.Storage.Tests.Results;

public sealed class ResultStoreTests : IDisposable
{
    static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    readonly TemporaryFolder folder = new();
    readonly ResultStore store;

    public ResultStoreTests() => store = new ResultStore(folder.Path);

    public void Dispose() => folder.Dispose();

    static ResultRow Row(string run, string metric, double value, long attempt = 1, long? step = null) => new()
    {
        Study = "s",
        Run = run,
        Step = $"step-{run}",
        Stage = "train",
        Metric = metric,
        Value = value,
        Attempt = attempt,
        OptimizerStep = step,
        Params = 10,
        TrainMacs = 2.5e12,
        Time = Noon,
    };

    static CurveRow Point(long attempt, long step, double value) => new("s", "r", "step-r", attempt, step, "loss", value, step * 64, Noon);

    object?[][] Rows(string sql) => [.. store.Query(sql).Rows];

    [Fact]
    public void Query_OfAnEmptyStore_HasTheColumnsAndNoRows()
    {
        var table = store.Query("FROM results");
        Assert.Contains("params_active", table.Columns);
        Assert.Empty(table.Rows);
        Assert.Empty(Rows("FROM runs"));
        Assert.Empty(Rows("FROM curves"));
    }

    [Fact]
    public void Append_KeepsEveryField()
    {
        var row = Row("a", "absrel", 0.123) with
        {
            Unit = "px",
            Model = "DiT-a4",
            Dataset = "hypersim",
            ParamsActive = 9,
            MacsPerImage = 1e9,
            Images = 640,
            Tokens = 163840,
            GpuSeconds = 12.5,
            OptimizerStep = 10,
            Seed = -3,
            Low = 0.1,
            High = 0.2,
        };
        store.Append([row]);
        var table = store.Query("FROM results");
        var read = table.Columns.Zip(table.Rows.Single()).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        Assert.Equal("s", read["study"]);
        Assert.Equal("DiT-a4", read["model"]);
        Assert.Equal(0.123, read["value"]);
        Assert.Equal(10L, read["params"]);
        Assert.Equal(9L, read["params_active"]);
        Assert.Equal(1e9, read["macs_per_image"]);
        Assert.Equal(2.5e12, read["train_macs"]);
        Assert.Equal(163840L, read["tokens"]);
        Assert.Equal(12.5, read["gpu_seconds"]);
        Assert.Equal(-3L, read["seed"]);
        Assert.Equal(0.1, read["low"]);
        Assert.Equal(0.2, read["high"]);
        Assert.Equal(Noon.UtcDateTime, read["time"]);
    }

    [Fact]
    public void AbsentFields_AreNull()
    {
        store.Append([Row("a", "m", 1)]);
        Assert.Equal([null, null], Rows("SELECT low, seed FROM results").Single());
    }

    [Fact]
    public void AppendingTheSameRowsAgain_DoesNotDoubleThem()
    {
        store.Append([Row("a", "m", 1)]);
        store.Append([Row("a", "m", 1)]);
        store.Compact();
        store.Append([Row("a", "m", 1)]);
        Assert.Single(Rows("FROM all_results"));
    }

    [Fact]
    public void AResumedStep_SupersedesWhatItRepeats_AndKeepsWhatCameBefore()
    {
        store.Append(Enumerable.Range(1, 50).Select(step => Point(1, step, 1)));
        store.Append(Enumerable.Range(41, 20).Select(step => Point(2, step, 2)));
        store.Append(Enumerable.Range(51, 50).Select(step => Point(3, step, 3)));
        var points = Rows("SELECT optimizer_step, value FROM curves ORDER BY optimizer_step");
        Assert.Equal(Enumerable.Range(1, 100).Select(step => (object?)(long)step), points.Select(row => row[0]));
        Assert.Equal(Enumerable.Range(1, 100).Select(step => (object?)(step <= 40 ? 1.0 : step <= 50 ? 2.0 : 3.0)), points.Select(row => row[1]));
        Assert.Equal(120L, Rows("SELECT count(*) FROM all_curves").Single()[0]);
    }

    [Fact]
    public void ANumberOfTheWholeRun_IsTheLastAttemptsOnly()
    {
        store.Append([Row("a", "absrel", 0.5), Row("a", "validation", 0.7, step: 10)]);
        store.Append([Row("a", "absrel", 0.4, attempt: 2)]);
        Assert.Equal([["absrel", 0.4], ["validation", 0.7]], Rows("SELECT metric, value FROM results ORDER BY metric"));
    }

    [Fact]
    public void Runs_AddsUpTheStepsOfARun()
    {
        store.Append([Row("a", "m", 1) with { GpuSeconds = 10, Step = "one" }, Row("a", "n", 1) with { GpuSeconds = 10, Step = "one" }]);
        store.Append([Row("a", "o", 1) with { GpuSeconds = 5, Step = "two" }]);
        Assert.Equal(["a", 15.0, 3L], Rows("SELECT run, gpu_seconds, metrics FROM runs").Single());
    }

    [Fact]
    public void Compact_ChangesNoAnswer_AndLeavesOneFileToRead()
    {
        for (var i = 0; i < 20; i++) store.Append([Row($"run-{i}", "m", i)]);
        var before = Rows("FROM results ORDER BY run");
        store.Compact();
        Assert.Equal(before, Rows("FROM results ORDER BY run"));
        store.Append([Row("later", "m", 1)]);
        store.Compact();
        Assert.Equal(21, Rows("FROM results").Length);
        store.Compact();
        Assert.Equal(21, Rows("FROM results").Length);
        Assert.Single(Directory.GetFiles(folder["results"], "*.parquet"));
    }

    [Fact]
    public void ALeftoverOfAKilledWriter_IsNotRead()
    {
        store.Append([Row("a", "m", 1)]);
        File.WriteAllText(Path.Combine(folder["results"], ".x.parquet.123.partial"), "half");
        File.WriteAllText(Path.Combine(folder["results"], "merged-orphan.parquet"), "half");
        Assert.Single(Rows("FROM results"));
        store.Append([Row("b", "m", 1)]);
        store.Compact();
        Assert.Equal(2, Rows("FROM results").Length);
        Assert.False(File.Exists(Path.Combine(folder["results"], "merged-orphan.parquet")));
    }

    [Fact]
    public void ManyWritersAtOnce_LoseNothing()
    {
        Parallel.For(0, 32, i => store.Append([Row($"run-{i}", "m", i)]));
        Assert.Equal(32, Rows("FROM results").Length);
    }

    [Theory]
    [InlineData("SELEC 1")]
    [InlineData("SELECT nothing FROM results")]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("")]
    public void AWrongQuery_IsASqlException(string sql) => Assert.Throws<SqlException>(() => store.Query(sql));

    [Fact]
    public async Task TenMillionRows_AreSummedInSeconds()
    {
        Directory.CreateDirectory(folder["curves"]);
        // 200 runs of 50,000 points, a tenth of them resumed once.
        Engine.Sql.Export(
            """
            SELECT 's' AS study, 'run-' || (i % 200) AS run, md5((i % 200)::VARCHAR) AS step, CASE WHEN i > 9000000 THEN 2 ELSE 1 END AS attempt,
                   i // 200 AS optimizer_step, 'loss' AS metric, 1 / (1 + i // 200)::DOUBLE AS value, i AS images, 0::BIGINT AS time_us
            FROM range(10000000) t(i)
            """,
            Path.Combine(folder["curves"], "big.parquet"));
        // 2 s on two idle cores (docs/results.md).
        await Prompt.Within(TimeSpan.FromSeconds(20), _ =>
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var rows = Rows("SELECT run, count(*), min(value), max(optimizer_step) FROM curves GROUP BY run");
            Assert.Equal(200, rows.Length);
            Assert.Equal(10_000_000L, rows.Sum(row => (long)row[1]!));
            return Task.FromResult(watch.Elapsed);
        });
    }
}
