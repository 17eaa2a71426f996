using System.Collections.Concurrent;
using System.Diagnostics;
using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;
using Flow.Jobs.Tests.Ledger;
using Xunit;

namespace Flow.Jobs.Tests.Engines;

/// <summary>Issue 8, line 1: what every job engine must do, on every adapter and store that the build has.</summary>
[Collection(WithDatabases.Name)]
public sealed class EngineContractTests(Databases databases)
{
    static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);
    static readonly CancellationToken None = CancellationToken.None;

    public static TheoryData<string, bool> Engines() => EngineContractData.All();

    EngineUnderTest Tables(string name, bool onServer) => new(name, onServer, onServer ? databases.Server : null);

    [Theory, MemberData(nameof(Engines))]
    public async Task Names_AreDelivered_SoManyAtOnceAsAreServed(string name, bool onServer)
    {
        using var tables = Tables(name, onServer);
        await using var engine = tables.Open();
        var (seen, busy, most) = (new ConcurrentQueue<string>(), 0, 0);
        await engine.Serve(Need.Gpu, 2, async step =>
        {
            most = Math.Max(most, Interlocked.Increment(ref busy));
            await Task.Delay(50);
            Interlocked.Decrement(ref busy);
            seen.Enqueue(step);
        }, None);
        await engine.Enqueue(Offers(8), None);
        await Until(() => seen.Count >= 8);
        Assert.Equal(Offers(8).Select(offer => offer.Name), seen.Distinct().Order());
        Assert.Equal(2, most);
        await UntilEmpty(engine);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Urgent_OvertakesWhatWaits_AndEqualsKeepTheirOrder(string name, bool onServer)
    {
        using var tables = Tables(name, onServer);
        await using var engine = tables.Open();
        await engine.Enqueue([new Offer("low", Need.Gpu, Priority.Low), new Offer("first", Need.Gpu, Priority.Normal)], None);
        await Task.Delay(20);
        await engine.Enqueue([new Offer("second", Need.Gpu, Priority.Normal)], None);
        await engine.Enqueue([new Offer("urgent", Need.Gpu, Priority.High)], None);
        var seen = new ConcurrentQueue<string>();
        await engine.Serve(Need.Gpu, 1, step =>
        {
            seen.Enqueue(step);
            return Task.CompletedTask;
        }, None);
        await Until(() => seen.Count >= 4);
        Assert.Equal(["urgent", "first", "second", "low"], seen);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Queue_SurvivesARestart_AndIsSeparateFromTheOther(string name, bool onServer)
    {
        using var tables = Tables(name, onServer);
        await using (var before = tables.Open()) await before.Enqueue([.. Offers(3), new Offer("other", Need.Cpu, Priority.Normal)], None);
        await using var engine = tables.Open();
        if (!engine.IsDurable) return; // the ledger gives it everything again
        Assert.Equal(3, (await engine.Queued(Need.Gpu, None)).Count);
        var seen = new ConcurrentQueue<string>();
        await engine.Serve(Need.Gpu, 1, step =>
        {
            seen.Enqueue(step);
            return Task.CompletedTask;
        }, None);
        await Until(() => seen.Count >= 3);
        await UntilEmpty(engine);
        Assert.Equal(["other"], await engine.Queued(Need.Cpu, None));
        Assert.DoesNotContain("other", seen);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Deleted_IsNotDelivered_AndAFaultOfAHandlerStopsNothing(string name, bool onServer)
    {
        using var tables = Tables(name, onServer);
        await using var engine = tables.Open();
        await engine.Enqueue(Offers(4), None);
        await engine.Delete(Need.Gpu, ["step-1", "step-2"], None);
        Assert.Equal(["step-0", "step-3"], (await engine.Queued(Need.Gpu, None)).Order());
        var seen = new ConcurrentQueue<string>();
        await engine.Serve(Need.Gpu, 1, step =>
        {
            seen.Enqueue(step);
            throw new InvalidOperationException("a fault");
        }, None);
        await Until(() => seen.Count >= 2);
        await UntilEmpty(engine);
        Assert.Equal(["step-0", "step-3"], seen.Distinct().Order());
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task TwoWorkers_ShareAQueue(string name, bool onServer)
    {
        using var tables = Tables(name, onServer);
        await using var one = tables.Open();
        await using var two = tables.Open();
        var seen = new ConcurrentQueue<(int Worker, string Step)>();
        await one.Serve(Need.Gpu, 1, step => Handle(1, step), None);
        await two.Serve(Need.Gpu, 1, step => Handle(2, step), None);
        await one.Enqueue(Offers(30), None);
        await Until(() => seen.Select(pair => pair.Step).Distinct().Count() == 30);
        await UntilEmpty(one);
        Assert.Equal([1, 2], seen.Select(pair => pair.Worker).Distinct().Order());
        Assert.InRange(seen.Count, 30, 45); // at least once, and as a rule not twice

        // Whoever is first keeps its first name until the other has one too.
        async Task Handle(int worker, string step)
        {
            seen.Enqueue((worker, step));
            for (var waited = Stopwatch.StartNew(); seen.Select(pair => pair.Worker).Distinct().Count() < 2 && waited.Elapsed < Soon; await Task.Delay(20))
            {
            }
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Schedule_Fires_AndWhatWasMissedIsMadeUpForOrNot(string name, bool onServer)
    {
        using var tables = Tables(name, onServer);
        await using (var before = tables.Open())
        {
            foreach (var (schedule, misfire) in new[] { ("now", Misfire.Skip), ("once", Misfire.Once), ("skip", Misfire.Skip), ("ended", Misfire.Once) })
                await before.Schedule(new Schedule(schedule, "0 2 * * *", "UTC", misfire), None);
            await before.Unschedule("ended", None);
            await before.Unschedule("never was", None);
            await before.Schedule(new Schedule("once", "30 3 * * *", "UTC", Misfire.Once), None);
            var next = await before.Schedules(None);
            Assert.Equal(["now", "once", "skip"], next.Select(row => row.Schedule.Name).Order());
            Assert.Equal(new Schedule("once", "30 3 * * *", "UTC", Misfire.Once), Of("once").Schedule);
            Assert.Equal((2, 0), (Of("now").Next!.Value.UtcDateTime.Hour, Of("now").Next!.Value.UtcDateTime.Minute));
            Assert.Equal((3, 30), (Of("once").Next!.Value.UtcDateTime.Hour, Of("once").Next!.Value.UtcDateTime.Minute));

            (Schedule Schedule, DateTimeOffset? Next) Of(string name) => next.Single(row => row.Schedule.Name == name);
        }
        await tables.MakeDue("now", TimeSpan.FromSeconds(5));
        await tables.MakeDue("once", TimeSpan.FromDays(3));
        await tables.MakeDue("skip", TimeSpan.FromDays(3));
        await using var engine = tables.Open();
        var fired = new ConcurrentQueue<string>();
        await engine.ServeSchedules((schedule, _) =>
        {
            fired.Enqueue(schedule);
            return Task.CompletedTask;
        }, None);
        await Until(() => fired.Count >= 2);
        await Task.Delay(500);
        Assert.Equal(["now", "once"], fired.Order());
        Assert.All(await engine.Schedules(None), row => Assert.True(row.Next > DateTimeOffset.UtcNow));
    }

    static Offer[] Offers(int count) => [.. Enumerable.Range(0, count).Select(n => new Offer($"step-{n}", Need.Gpu, Priority.Normal))];

    static async Task UntilEmpty(IJobEngine engine) => await Until(() => engine.Queued(Need.Gpu, None).GetAwaiter().GetResult().Count == 0);

    static async Task Until(Func<bool> holds)
    {
        var deadline = DateTime.UtcNow + Soon;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < deadline, "waited too long");
            await Task.Delay(20);
        }
    }
}
