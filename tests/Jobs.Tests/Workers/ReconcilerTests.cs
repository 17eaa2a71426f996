using Dapper;
using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;
using Flow.Jobs.Tests.Engines;
using Flow.Jobs.Tests.Ledger;
using Flow.Jobs.Workers;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Flow.Jobs.Tests.Workers;

/// <summary>Issue 8, line 3: what makes ledger, engine and store agree, whatever happened to them.</summary>
[Collection(WithDatabases.Name)]
public sealed class ReconcilerTests(Databases databases) : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("flow-reconcile-").FullName;

    public static TheoryData<string, bool> Engines() => EngineContractData.All();

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(root, recursive: true);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task OnePass_PutsRightWhatHasGoneApart(string name, bool onServer)
    {
        var server = onServer ? databases.Server.Create() : null;
        await using var database = await LedgerDatabase.Open(root, server);
        await using var engine = JobEngines.Open(name, root, server);
        var (lab, plan, view) = (new Lab(root, 1), SmallStudy.Plan(), new JobView(database));
        var reconciler = new Reconciler(database, engine, lab);
        await new Submissions(database, lab).Submit(plan, root, new SubmitOptions());
        Assert.True(await reconciler.Dispatch(CancellationToken.None) > 0);
        Assert.Equal("", await reconciler.Reconcile(CancellationToken.None));

        // The engine lost what it was given, and holds what nobody wants.
        var first = plan.Steps.First(step => step.Inputs.IsEmpty).Name.Hex;
        await engine.Delete(Need.Cpu, [first], CancellationToken.None);
        await engine.Enqueue([new Offer("nobody-wants-it", Need.Cpu, Priority.Normal)], CancellationToken.None);
        await Change(database, "update steps set offered_ms = 1 where offered_ms is not null");
        Assert.Contains("1 in no queue, 1 in a queue for nothing", await reconciler.Reconcile(CancellationToken.None), StringComparison.Ordinal);
        var queued = await engine.Queued(Need.Cpu, CancellationToken.None);
        Assert.Contains(first, queued);
        Assert.DoesNotContain("nobody-wants-it", queued);

        // A worker fell silent. Whoever looks sees it at once; the pass writes it down.
        Assert.NotNull(await new Claims(database).Claim(first, "silent", "cpu"));
        Assert.Equal(JobState.Running, (await view.Step(first))!.State);
        await Change(database, "update steps set lease_ms = 1 where state = 'running'");
        Assert.Equal(JobState.Ready, (await view.Step(first))!.State);
        Assert.Equal(0, (await view.Studies())[0].Running);
        Assert.Contains("1 leases run out", await reconciler.Reconcile(CancellationToken.None), StringComparison.Ordinal);
        Assert.Equal(["started", "lost"], (await view.Events(first)).Select(happened => happened.What));

        // Somebody finished the step without the ledger; later its directory is gone.
        lab.Steps.Begin(first, 1).Commit();
        Assert.Contains("1 steps not as in the store", await reconciler.Reconcile(CancellationToken.None), StringComparison.Ordinal);
        Assert.Equal(JobState.Done, (await view.Step(first))!.State);
        Assert.DoesNotContain(first, await engine.Queued(Need.Cpu, CancellationToken.None));
        lab.Steps.Forget(first);
        Assert.Contains("1 steps not as in the store", await reconciler.Reconcile(CancellationToken.None), StringComparison.Ordinal);
        Assert.Equal(JobState.Ready, (await view.Step(first))!.State);
        Assert.Contains(first, await engine.Queued(Need.Cpu, CancellationToken.None));
        Assert.Equal("", await reconciler.Reconcile(CancellationToken.None));
    }

    static Task<int> Change(LedgerDatabase database, string sql) => database.Write((connection, transaction) => connection.ExecuteAsync(sql, transaction: transaction));
}
