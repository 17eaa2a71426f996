using System.Data.Common;
using Flow.Jobs.Ledger;
using Flow.Jobs.Workers;
using Flow.TestData;
using Xunit;

namespace Flow.Jobs.Tests.Workers;

/// <summary>Issue 8, line 3: a worker and a database that comes and goes. What it runs is tested with processes, in EndToEnd.</summary>
public sealed class WorkerTests : IDisposable
{
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    readonly string root = Directory.CreateTempSubdirectory("flow-worker-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task DatabaseThatIsAway_IsWaitedFor_AndOneThatRefusesIsNot()
    {
        using var server = new PostgresServer();
        using var log = new StringWriter();
        var lab = new Lab(root, 1);
        var wrong = server.Connection.Replace("Database=postgres", "Database=none", StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<DbException>(() => Worker.Start(lab, WorkerOptions.On(lab, wrong), log, CancellationToken.None)).WaitAsync(Longest);

        server.Stop();
        var starting = Worker.Start(lab, WorkerOptions.On(lab, server.Connection), log, CancellationToken.None);
        await Until(() => Said().Contains("the database is away", StringComparison.Ordinal));
        Assert.False(starting.IsCompleted);
        server.Start();
        await using var worker = await starting.WaitAsync(Longest);
        await Until(() => worker.Health.Ready);
        await using var database = await LedgerDatabase.Open(root, server.Connection);
        Assert.Equal(worker.Id, Assert.Single(await new JobView(database).Workers()).Id);

        string Said()
        {
            lock (log) return log.ToString(); // as the worker does when it writes
        }
    }

    static async Task Until(Func<bool> holds)
    {
        for (var deadline = DateTime.UtcNow + Longest; !holds(); await Task.Delay(50)) Assert.True(DateTime.UtcNow < deadline, "waited too long");
    }
}
