using System.Diagnostics;
using Flow.Storage.Engines;
using Flow.Storage.Sandbox;
using Xunit;

namespace Flow.Dashboard.Tests.Security;

/// <summary>The real sandbox process under attack: what a hostile query tries, and what the kernel holds the process to.</summary>
public sealed class SandboxTests : IDisposable
{
    // A machine that runs other tests at the same time is slow to start a process.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly string store = Directory.CreateTempSubdirectory("flow-sandbox-").FullName;
    readonly string secret = Path.Combine(Directory.CreateTempSubdirectory("flow-secret-").FullName, "secret.txt");
    readonly SqlSandbox sandbox;

    public SandboxTests()
    {
        File.WriteAllText(secret, "hidden words");
        Environment.SetEnvironmentVariable("FLOW_TEST_SECRET", "hidden words");
        sandbox = new SqlSandbox(store, new SandboxLimits(Patience, EngineMemoryBytes: 256 << 20));
    }

    public void Dispose()
    {
        sandbox.Dispose();
        Directory.Delete(store, recursive: true);
        Directory.Delete(Path.GetDirectoryName(secret)!, recursive: true);
    }

    async Task<string> Refused(string sql) => (await Assert.ThrowsAsync<SqlException>(() => sandbox.Query(sql, 100, default))).Message;

    [Fact]
    public async Task Question_IsAnsweredWithItsTypes()
    {
        var answer = await sandbox.Query("select 1 as whole, 1.5::double as number, 'x' as word, true as yes, null as nothing, timestamp '2026-01-02 03:04:05' as moment", 10, default);
        Assert.Equal(["long", "double", "text", "bool", "text", "time"], answer.Columns.Select(column => column.Type));
        Assert.Equal([1L, 1.5, "x", true, null, new DateTime(2026, 1, 2, 3, 4, 5)], answer.Table.Rows.Single());
    }

    [Fact]
    public async Task Rows_AreAsManyAsAsked()
    {
        var answer = await sandbox.Query("select * from range(1000)", 7, default);
        Assert.Equal(7, answer.Table.Rows.Count);
        Assert.True(answer.Table.Truncated);
    }

    [Theory]
    [InlineData("copy (select 1) to '{0}.out'")]
    [InlineData("select 1; copy (select 1) to '{0}.out'")]
    [InlineData("export database '{0}.out'")]
    [InlineData("attach '{0}.db'")]
    [InlineData("install httpfs")]
    [InlineData("load httpfs")]
    [InlineData("select * from read_csv('https://example.com/x.csv')")]
    [InlineData("select * from 's3://bucket/x.parquet'")]
    [InlineData("pragma enable_external_access=true")]
    [InlineData("set enable_external_access=true")]
    [InlineData("select * from read_text('{0}')")]
    [InlineData("select * from read_blob('{0}')")]
    [InlineData("select * from read_csv('{0}')")]
    [InlineData("select * from '{0}'")]
    [InlineData("select * from glob('/etc/*')")]
    [InlineData("select * from read_text('/proc/self/environ')")]
    [InlineData("select * from read_text('{1}/../../../../../../../../etc/hostname')")]
    [InlineData("explain analyze copy (select 1) to '{0}.out'")]
    [InlineData("with x as (select 1) insert into results select * from x")]
    [InlineData("select getenv('FLOW_TEST_SECRET')")]
    [InlineData("select * from sniff_csv('{0}')")]
    [InlineData("summarize from read_csv('{0}')")]
    [InlineData("select * from query('copy (select 1) to ''{0}.out'' ')")]
    [InlineData("/* select */ attach '{0}.db'")]
    [InlineData("select 1;\nset memory_limit='100GB'")]
    [InlineData("from read_text('/proc/1/environ')")]
    public async Task Attack_IsRefused(string sql)
    {
        var message = await Refused(sql.Replace("{0}", secret, StringComparison.Ordinal).Replace("{1}", store, StringComparison.Ordinal));
        Assert.DoesNotContain("hidden words", message, StringComparison.Ordinal);
        Assert.DoesNotContain("was stopped", message, StringComparison.Ordinal);
        Assert.Equal([secret], Directory.EnumerateFiles(Path.GetDirectoryName(secret)!));
    }

    sealed class LandlockFactAttribute : FactAttribute
    {
        public LandlockFactAttribute() => Skip = SqlSandbox.Lacking.FirstOrDefault(layer => layer.StartsWith("Landlock", StringComparison.Ordinal));
    }

    /// <summary>DuckDB compares paths as text; the kernel knows where a link leads.</summary>
    [LandlockFact]
    public async Task LinkOutOfTheStore_LeadsNowhere()
    {
        File.CreateSymbolicLink(Path.Combine(store, "link.txt"), secret);
        File.WriteAllText(Path.Combine(store, "own.txt"), "own words");
        Assert.Equal("own words", (await sandbox.Query($"select content from read_text('{store}/own.txt')", 1, default)).Table.Rows[0][0]);
        Assert.DoesNotContain("hidden", await Refused($"select content from read_text('{store}/link.txt')"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndlessQuery_IsStopped()
    {
        using var hasty = new SqlSandbox(store, new SandboxLimits(TimeSpan.FromSeconds(4), EngineMemoryBytes: 256 << 20));
        var clock = Stopwatch.StartNew();
        var stopped = await Assert.ThrowsAsync<SqlException>(() => hasty.Query("select max(hash(i)) from range(1000000000000) t(i)", 1, default));
        Assert.Contains("stopped after 4 s", stopped.Message, StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1));
        Assert.Equal(1L, (await sandbox.Query("select 1", 1, default)).Table.Rows[0][0]);
    }

    [Theory]
    [InlineData("select repeat('x', 2000000000)")]
    [InlineData("select string_agg(repeat('x', 1000000), '') from range(5000)")]
    public async Task HungryQuery_IsRefused(string sql)
    {
        Assert.NotEmpty(await Refused(sql));
        Assert.Equal(1L, (await sandbox.Query("select 1", 1, default)).Table.Rows[0][0]);
    }

    [Fact]
    public async Task HugeAnswer_IsRefused() =>
        Assert.NotEmpty((await Assert.ThrowsAsync<SqlException>(() => sandbox.Query("select repeat('x', 100000) from range(5000)", 5000, default))).Message);

    /// <summary>What the kernel says of the process that waits for a question: a filter on its calls, no new privileges, no environment of ours.</summary>
    [Fact]
    public async Task Process_IsConfinedBeforeItIsAsked()
    {
        sandbox.Warm();
        var process = Directory.EnumerateDirectories("/proc").Single(folder => File.Exists($"{folder}/cmdline") && Arguments(folder).Contains(SqlSandbox.Verb) && Arguments(folder).Contains(store));
        for (var tries = 0; tries < 600 && Status(process, "Seccomp") != "2"; tries++) await Task.Delay(100);
        Assert.Equal("2", Status(process, "Seccomp"));
        Assert.Equal("1", Status(process, "NoNewPrivs"));
        var limits = await File.ReadAllLinesAsync($"{process}/limits");
        Assert.Contains(limits, line => line.StartsWith("Max file size             0 ", StringComparison.Ordinal));
        Assert.DoesNotContain(limits, line => line.StartsWith("Max data size             unlimited", StringComparison.Ordinal));
        Assert.All((await File.ReadAllTextAsync($"{process}/environ")).Split('\0', StringSplitOptions.RemoveEmptyEntries), entry => Assert.StartsWith("DOTNET_", entry, StringComparison.Ordinal));
    }

    static string[] Arguments(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/cmdline").Split('\0');
        }
        catch (IOException)
        {
            return [];
        }
    }

    static string Status(string process, string field) =>
        File.ReadAllLines($"{process}/status").Single(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split('\t')[1];
}
