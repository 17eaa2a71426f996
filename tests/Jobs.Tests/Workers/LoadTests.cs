using System.Diagnostics;
using System.Globalization;
using Dapper;
using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;
using Flow.Jobs.Tests.Engines;
using Flow.Jobs.Tests.Ledger;
using Flow.Jobs.Workers;
using Microsoft.Data.Sqlite;
using Xunit;
using Xunit.Abstractions;

namespace Flow.Jobs.Tests.Workers;

/// <summary>Issue 8, line 8: what queueing costs when 10,000 steps are queued. The steps themselves do nothing, so that only the engine and the ledger are measured.</summary>
[Collection(WithDatabases.Name)]
public sealed class LoadTests(Databases databases, ITestOutputHelper output) : IDisposable
{
    const int Queued = 10_000;
    const int Drained = 1000;
    const int Workers = 3;

    readonly string root = Directory.CreateTempSubdirectory("flow-load-").FullName;

    public static TheoryData<string, bool> Engines() => EngineContractData.All();

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(root, recursive: true);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task TenThousandSteps(string name, bool onServer)
    {
        var server = onServer ? databases.Server.Create() : null;
        await using var database = await LedgerDatabase.Open(root, server);
        var engines = Enumerable.Range(0, Workers).Select(_ => JobEngines.Open(name, root, server)).ToList();
        var (lab, plan) = (new Lab(root, 1), SmallStudy.OfSeeds(Queued / 2));

        var clock = Stopwatch.StartNew();
        await new Submissions(database, lab).Submit(plan, root, new SubmitOptions());
        var enqueue = plan.Steps.Count / clock.Elapsed.TotalSeconds;
        await MakeReady(database);

        var view = new JobView(database);
        await view.Studies();
        clock.Restart();
        Assert.True((await view.Studies())[0].Total >= Queued);
        Assert.Equal(100, (await view.Steps(states: [JobState.Ready], most: 100)).Count);
        var listing = clock.Elapsed.TotalMilliseconds;
        clock.Restart();
        Assert.True((await view.Steps(states: [JobState.Waiting, JobState.Ready])).Count >= Queued);
        var all = clock.Elapsed.TotalMilliseconds;

        var (ended, inLedger) = (0, 0L);
        var drained = new TaskCompletionSource();
        var reconcilers = engines.Select(engine => new Reconciler(database, engine, lab)).ToList();
        clock.Restart();
        for (var n = 0; n < Workers; n++)
        {
            var (worker, reconciler) = ($"w{n}", reconcilers[n]);
            await engines[n].Serve(Need.Gpu, 1, async step =>
            {
                var delivered = Stopwatch.GetTimestamp();
                if (ended >= Drained || await new Claims(database).Claim(step, worker, worker) is not { } lease || await new Endings(database).Done(lease) is not { } ready) return;
                if (Interlocked.Increment(ref ended) == Drained) drained.SetResult();
                Interlocked.Add(ref inLedger, Stopwatch.GetElapsedTime(delivered).Ticks);
                if (ready > 0) await reconciler.Dispatch(CancellationToken.None);
            }, CancellationToken.None);
        }
        // As workers do: once a second, each of them.
        while (!drained.Task.IsCompleted && clock.Elapsed < TimeSpan.FromMinutes(10))
        {
            foreach (var reconciler in reconcilers) await reconciler.Dispatch(CancellationToken.None);
            await Task.WhenAny(drained.Task, Task.Delay(1000));
        }
        Assert.True(drained.Task.IsCompleted, $"only {ended} of {Drained} steps came through");
        var overhead = clock.Elapsed.TotalMilliseconds * Workers / Drained;
        var ledger = TimeSpan.FromTicks(inLedger).TotalMilliseconds / Drained;
        foreach (var engine in engines) await engine.DisposeAsync();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {(onServer ? "postgresql" : "embedded")}: enqueue {enqueue:0}/s, listing {listing:0} ms, all steps {all:0} ms, {overhead:0.0} ms a step, of which the ledger {ledger:0.0}, the engine {overhead - ledger:0.0}"));
        // A busy machine must not fail the suite: docs/jobs.md has the figures of a quiet one, and this finds what is ten times slower.
        Assert.True(enqueue >= 100, $"enqueued {enqueue:0} steps a second");
        Assert.True(listing < 2000, $"listing took {listing:0} ms");
        Assert.True(overhead < 500, $"{overhead:0.0} ms a step");
    }

    static Task<int> MakeReady(LedgerDatabase database) => database.Write((connection, transaction) =>
        connection.ExecuteAsync("update steps set state = 'ready' where need = 'gpu'", transaction: transaction));
}
