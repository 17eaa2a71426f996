using Dapper;
using Flow.Domain.Planning;
using Flow.Jobs.Ledger;
using Xunit;

namespace Flow.Jobs.Tests.Ledger;

/// <summary>Issue 8, line 3: who may run a step, on a file and on PostgreSQL.</summary>
[Collection(WithDatabases.Name)]
public sealed class LedgerTests(Databases databases) : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("flow-ledger-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory, InlineData(false), InlineData(true)]
    public async Task Step_BecomesReadyWhenAllItReadsIsDone(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (claims, endings, view, plan) = (new Claims(database), new Endings(database), new JobView(database), SmallStudy.Plan());
        var study = await new Submissions(database, new Lab(root, 1)).Submit(plan, root, new SubmitOptions());
        var order = new List<StepId>();
        while (await claims.Offer() is { Count: > 0 } offers)
            foreach (var offer in offers)
            {
                var lease = await claims.Claim(offer.Name, "w1", "cpu") ?? throw new InvalidOperationException("not claimable");
                Assert.All(plan[new StepId(offer.Name)].Inputs, input => Assert.Contains(input, order));
                Assert.NotNull(await endings.Done(lease));
                order.Add(new StepId(offer.Name));
            }
        Assert.Equal(plan.Steps.Map(step => step.Name).Order(), order.Order());
        var row = Assert.Single(await view.Studies());
        Assert.Equal((study, JobState.Done, (long)plan.Steps.Count), (row.Id, row.State, row.Done));
        Assert.Equal(["started", "done"], (await view.Events(order[0].Hex)).Select(e => e.What));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task OneStep_HasOneHolder_HoweverManyAsk(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        await new Submissions(database, new Lab(root, 1)).Submit(SmallStudy.Plan(), root, new SubmitOptions());
        var name = (await new Claims(database).Offer())[0].Name;
        var leases = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => Task.Run(() => new Claims(database).Claim(name, $"w{n}", $"d{n}"))));
        Assert.Single(leases, lease => lease is not null);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task LostLease_WritesNothingMore(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (claims, endings) = (new Claims(database), new Endings(database));
        await new Submissions(database, new Lab(root, 1)).Submit(SmallStudy.Plan(), root, new SubmitOptions());
        var name = (await claims.Offer())[0].Name;
        var slept = (await claims.Claim(name, "slept", "cpu"))!;
        await Expire(database, name);
        Assert.False(await claims.MayCommit(slept));
        Assert.Equal([name], await endings.Expire());
        var next = (await claims.Claim(name, "next", "cpu"))!;
        Assert.True(next.Fence > slept.Fence);
        Assert.False((await claims.Renew(slept, null)).Held);
        Assert.Null(await endings.Done(slept));
        Assert.False(await endings.Fault(slept, "too late"));
        Assert.True(await claims.MayCommit(next));
        Assert.NotNull(await endings.Done(next));
        Assert.Null(await endings.Done(next));
        Assert.Equal(["started", "lost", "started", "done"], (await new JobView(database).Events(name)).Select(e => e.What));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task DeadWorker_LosesItsStepsAtOnce(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (claims, endings, registry) = (new Claims(database), new Endings(database), new WorkerRegistry(database));
        await new Submissions(database, new Lab(root, 1)).Submit(SmallStudy.Plan(), root, new SubmitOptions());
        var lease = (await claims.Claim((await claims.Offer())[0].Name, "dead", "cpu"))!;
        await registry.Beat(new WorkerJob { Id = "dead", Host = "here", Pid = 1 }, "here", "1/2");
        Assert.Equal([("dead", "1/2")], await registry.Holding("here"));
        Assert.Empty(await registry.Holding("elsewhere"));
        Assert.Empty(await endings.Expire());
        Assert.Equal([lease.Step], await endings.Expire(["dead"]));
        Assert.False(await claims.MayCommit(lease));
    }

    [Fact]
    public async Task StepOfAWorkerThatIsGone_CanBeCancelled_ThoughThereIsNoOther()
    {
        await using var database = await databases.Open(root, onServer: false);
        var (claims, view) = (new Claims(database), new JobView(database));
        await new Submissions(database, new Lab(root, 1)).Submit(SmallStudy.Plan(), root, new SubmitOptions());
        var lease = (await claims.Claim((await claims.Offer())[0].Name, "gone", "cpu"))!;
        await Expire(database, lease.Step);
        await new Wishes(database).Cancel((await view.Find("small")).Study, null);
        Assert.Equal(JobState.Cancelled, (await view.Step(lease.Step))!.State);
        Assert.Equal(JobState.Cancelled, (await view.Studies())[0].State);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Device_RunsOneStepAtATime(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (claims, plan) = (new Claims(database), SmallStudy.Plan());
        await new Submissions(database, new Lab(root, 1)).Submit(plan, root, new SubmitOptions());
        await Until(database, plan, step => step.Kind == StepKind.FineTune);
        var trainings = await claims.Offer();
        Assert.Equal(2, trainings.Count);
        Assert.All(trainings, offer => Assert.Equal(Need.Gpu, offer.Need));
        Assert.NotNull(await claims.Claim(trainings[0].Name, "a", "host/0"));
        Assert.Null(await claims.Claim(trainings[1].Name, "b", "host/0"));
        Assert.NotNull(await claims.Claim(trainings[1].Name, "b", "host/1"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task UrgentStudy_IsOfferedAtOnce_HoweverManyWaitInTheEngine(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (claims, urgent) = (new Claims(database), SmallStudy.Plan());
        await new Submissions(database, new Lab(root, 1)).Submit(SmallStudy.OfSeeds(Claims.Window + 10), root, new SubmitOptions());
        await ReadyTrainings(database);
        Assert.Equal(Claims.Window, (await claims.Offer()).Count(offer => offer.Need == Need.Gpu));
        Assert.DoesNotContain(await claims.Offer(), offer => offer.Need == Need.Gpu);
        await new Submissions(database, new Lab(root, 1)).Submit(urgent, root, new SubmitOptions(Priority.High));
        await ReadyTrainings(database);
        var gpu = urgent.Steps.Where(step => Submissions.NeedOf(step) == Need.Gpu).Select(step => step.Name.Hex);
        Assert.Equal(gpu.Order(), (await claims.Offer()).Where(offer => (offer.Need, offer.Priority) == (Need.Gpu, Priority.High)).Select(offer => offer.Name).Order());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Study_RunsAtMostItsLimitOfTrainings(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (claims, plan) = (new Claims(database), SmallStudy.Plan());
        await new Submissions(database, new Lab(root, 1)).Submit(plan, root, new SubmitOptions(MaxParallel: 1));
        await Until(database, plan, step => step.Kind == StepKind.FineTune);
        var first = Assert.Single(await claims.Offer());
        Assert.Empty(await claims.Offer());
        var lease = (await claims.Claim(first.Name, "a", "host/0"))!;
        var other = plan.Steps.First(step => step.Kind == StepKind.FineTune && step.Name.Hex != first.Name).Name.Hex;
        Assert.Null(await claims.Claim(other, "b", "host/1"));
        await new Endings(database).Done(lease);
        Assert.Contains(other, (await claims.Offer()).Select(offer => offer.Name));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Fault_IsTriedAgainAfterAWait_FiveTimes_AndAFailureNever(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (claims, endings, view) = (new Claims(database), new Endings(database), new JobView(database));
        await new Submissions(database, new Lab(root, 1)).Submit(SmallStudy.Plan(), root, new SubmitOptions());
        var name = (await claims.Offer())[0].Name;
        for (var fault = 1; fault <= Endings.MostFaults; fault++)
        {
            Assert.Equal(JobState.Ready, (await view.Step(name))!.State);
            await endings.Fault((await claims.Claim(name, "a", "cpu"))!, "out of memory");
            Assert.DoesNotContain(name, (await claims.Offer()).Select(offer => offer.Name));
        }
        Assert.Equal(JobState.Failed, (await view.Step(name))!.State);
        var (study, step) = await view.Find(name[..8]);
        Assert.Equal(1, await new Wishes(database).Retry(study, step));
        await endings.Failed((await claims.Claim(name, "a", "cpu"))!, "no images");
        Assert.Equal((JobState.Failed, "no images"), ((await view.Step(name))!.State, (await view.Step(name))!.Message));
        Assert.Equal(JobState.Failed, (await view.Studies())[0].State);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Wishes_ReachRunningAndWaitingSteps(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (claims, endings, view, wishes, plan) = (new Claims(database), new Endings(database), new JobView(database), new Wishes(database), SmallStudy.Plan());
        await new Submissions(database, new Lab(root, 1)).Submit(plan, root, new SubmitOptions());
        var lease = (await claims.Claim((await claims.Offer())[0].Name, "a", "cpu"))!;
        var (study, _) = await view.Find("small");
        Assert.Equal(plan.Steps.Count, await wishes.Pause(study, null));
        Assert.Equal((true, "pause"), await claims.Renew(lease, new StepProgress(0.5, "3 images/s", 2, "loss 1", 7, 1.0)));
        Assert.True(await endings.HandedBack(lease));
        var paused = (await view.Step(lease.Step))!;
        Assert.Equal((JobState.Paused, 0.5, 7L), (paused.State, paused.Fraction, paused.OptimizerStep));
        Assert.Empty(await claims.Offer());
        Assert.Equal(plan.Steps.Count, await wishes.Resume(study, null));
        Assert.NotEmpty(await claims.Offer());
        Assert.Equal(plan.Steps.Count, await wishes.Cancel(study, null));
        Assert.Equal(JobState.Cancelled, (await view.Studies())[0].State);
        await new Submissions(database, new Lab(root, 1)).Submit(plan, root, new SubmitOptions());
        Assert.Equal(JobState.Ready, (await view.Studies())[0].State);
    }

    [Fact]
    public async Task SharedStep_IsLeftToTheOtherStudy()
    {
        await using var database = await databases.Open(root, onServer: false);
        var (submissions, view) = (new Submissions(database, new Lab(root, 1)), new JobView(database));
        var (first, second) = (SmallStudy.Plan(), SmallStudy.Plan("other", "tiny-d64-l2"));
        await submissions.Submit(first, root, new SubmitOptions());
        await submissions.Submit(second, root, new SubmitOptions());
        var shared = first.Steps.Map(step => step.Name).Intersect(second.Steps.Map(step => step.Name)).ToList();
        Assert.NotEmpty(shared);
        await new Wishes(database).Cancel((await view.Find("small")).Study, null);
        var steps = await view.Steps(first.Identity.Hex);
        Assert.All(steps, step => Assert.Equal(!shared.Contains(new StepId(step.Name)), step.State == JobState.Cancelled));
        Assert.Equal(JobState.Ready, (await view.Find("other")).Study.State);
    }

    /// <summary>Runs steps, by name only, until every step that is left is of a kind or needs one.</summary>
    static async Task Until(LedgerDatabase database, Plan plan, Func<Step, bool> stop)
    {
        var claims = new Claims(database);
        while (true)
        {
            var offers = await claims.Offer();
            var mine = offers.Where(offer => !stop(plan[new StepId(offer.Name)])).ToList();
            await claims.Withdraw([.. offers.Except(mine).Select(offer => offer.Name)]);
            if (mine.Count == 0) return;
            foreach (var offer in mine) await new Endings(database).Done((await claims.Claim(offer.Name, "setup", "setup"))!);
        }
    }

    static Task<int> ReadyTrainings(LedgerDatabase database) => database.Write((connection, transaction) =>
        connection.ExecuteAsync("update steps set state = 'ready' where need = 'gpu' and state = 'waiting'", transaction: transaction));

    static Task Expire(LedgerDatabase database, string step) => database.Write((connection, transaction) =>
        connection.ExecuteAsync("update steps set lease_ms = 1 where name = @step", new { step }, transaction));
}
