using Flow.Storage.Engines;
using Xunit;

namespace Flow.Storage.Tests.Engines;

/// <summary>What every SQL engine does, and above all what it does not.</summary>
public sealed class SqlEngineTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    ISqlSession Open(long memory = 1L << 30)
    {
        Directory.CreateDirectory(folder["store"]);
        if (!File.Exists(folder["store/a.parquet"])) Engine.Sql.Export("SELECT range AS i FROM range(100)", folder["store/a.parquet"]);
        return Engine.Sql.Open(new SqlLimits([folder["store"]], memory), $"CREATE VIEW a AS FROM '{folder["store/a.parquet"]}'");
    }

    object? Scalar(string sql)
    {
        using var session = Open();
        return session.Query(sql, 1).Rows[0][0];
    }

    [Theory]
    [InlineData("1::TINYINT", 1L)]
    [InlineData("40000::USMALLINT", 40000L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("1.5::FLOAT", 1.5)]
    [InlineData("0.1::DOUBLE", 0.1)]
    [InlineData("true", true)]
    [InlineData("'größe'", "größe")]
    [InlineData("NULL", null)]
    [InlineData("sum(9223372036854775807) FROM range(4)", 4.0 * long.MaxValue)]
    [InlineData("sum(i) FROM a", 4950L)]
    public void Values_KeepTheirMeaning(string expression, object? expected) => Assert.Equal(expected, Scalar($"SELECT {expression}"));

    [Fact]
    public void Decimals_TimesAndBytes_KeepTheirMeaning()
    {
        Assert.Equal(-12.34m, Scalar("SELECT (-12.34)::DECIMAL(9, 2)"));
        Assert.Equal(new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc).AddMilliseconds(8), Scalar("SELECT TIMESTAMP '2026-03-04 05:06:07.008'"));
        Assert.Equal(new DateTime(1969, 12, 31, 0, 0, 0, DateTimeKind.Utc), Scalar("SELECT DATE '1969-12-31'"));
        Assert.Equal(new byte[] { 0, 255 }, Scalar("SELECT '\\x00\\xFF'::BLOB"));
    }

    [Fact]
    public void Columns_OfOneName_AreTold_Apart()
    {
        using var session = Open();
        Assert.Equal(["x", "x_1", "x_2"], session.Query("SELECT 1 AS x, 2 AS x, 3 AS x", 1).Columns);
    }

    [Fact]
    public void MoreRowsThanAskedFor_AreCutOff()
    {
        using var session = Open();
        Assert.True(session.Query("FROM a", 7) is { Truncated: true, Rows.Count: 7 });
        Assert.True(session.Query("FROM a", 100) is { Truncated: false, Rows.Count: 100 });
        Assert.True(session.Query("FROM range(1000000000000)", 7) is { Truncated: true, Rows.Count: 7 });
    }

    [Theory]
    [InlineData("SELECT * FROM read_text('/etc/passwd')")]
    [InlineData("SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM '/etc/passwd'")]
    [InlineData("SELECT * FROM read_text('STORE/../outside.txt')")]
    [InlineData("SELECT * FROM glob('/etc/*')")]
    [InlineData("COPY (SELECT 1) TO 'STORE/b.parquet'")]
    [InlineData("COPY (SELECT 1) TO 'STORE/../b.parquet'")]
    [InlineData("EXPLAIN ANALYZE COPY (SELECT 1) TO 'STORE/b.parquet'")]
    [InlineData("ATTACH 'STORE/x.db'")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("SELECT * FROM 'https://localhost/x.parquet'")]
    [InlineData("SET memory_limit = '100GB'")]
    [InlineData("SET enable_external_access = true")]
    [InlineData("PRAGMA enable_profiling")]
    [InlineData("CREATE TABLE t AS SELECT 1")]
    [InlineData("DROP VIEW a")]
    [InlineData("EXPORT DATABASE 'STORE/dump'")]
    [InlineData("SELECT 1; COPY (SELECT 1) TO 'STORE/b.parquet'")]
    [InlineData("SELECT 1 /* ; */; -- \n DROP VIEW a")]
    [InlineData("CALL pragma_version()")]
    public void WhatIsMoreThanReadingTheStore_IsRefused(string sql)
    {
        File.WriteAllText(folder["outside.txt"], "secret");
        using var session = Open();
        Assert.Throws<SqlException>(() => session.Query(sql.Replace("STORE", folder["store"], StringComparison.Ordinal), 10));
        Assert.Equal([folder["store/a.parquet"]], Directory.GetFileSystemEntries(folder["store"]));
        Assert.Equal(100, session.Query("FROM a", 1000).Rows.Count);
    }

    [Fact]
    public void ASymlinkOutOfTheStore_LeadsNowhere()
    {
        File.WriteAllText(folder["outside.txt"], "secret");
        using var session = Open();
        File.CreateSymbolicLink(folder["store/link.txt"], folder["outside.txt"]);
        Assert.Throws<SqlException>(() => session.Query($"SELECT content FROM read_text('{folder["store/link.txt"]}')", 1));
    }

    [Theory]
    [InlineData("-- a comment\n (/* and; another */ select 1)")]
    [InlineData("WITH x AS (SELECT 1) FROM x")]
    [InlineData("DESCRIBE a")]
    [InlineData("SUMMARIZE a")]
    [InlineData("VALUES (1)")]
    public void Questions_AreAnswered(string sql)
    {
        using var session = Open();
        Assert.NotEmpty(session.Query(sql, 10).Rows);
    }

    /// <summary>Asked at every stage of a query that takes days: before it, while it is parsed, planned and begun, and in the middle.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(300)]
    public async Task AnEndlessQuery_IsStopped(int milliseconds)
    {
        using var session = Open();
        using var cancel = new CancellationTokenSource();
        var query = Task.Factory.StartNew(
            () => session.Query("SELECT count(*) FROM range(1000000) x, range(1000000) y, range(1000000) z WHERE x.range + y.range = z.range - 1", 1, cancel.Token),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.Delay(milliseconds);
        await cancel.CancelAsync();
        // On an idle machine it ends in milliseconds; the bound only tells it from one that goes on.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(100, session.Query("FROM a", 1000).Rows.Count);
    }

    [Fact]
    public void AQueryThatWantsMoreMemoryThanItsLimit_Fails()
    {
        using var session = Open(memory: 64 << 20);
        Assert.Throws<SqlException>(() => session.Query("SELECT list(range) FROM range(100000000)", 1));
        Assert.Equal(100, session.Query("FROM a", 1000).Rows.Count);
    }
}
