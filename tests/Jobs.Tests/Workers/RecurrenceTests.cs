using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;
using Flow.Jobs.Tests.Ledger;
using Flow.Jobs.Workers;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Flow.Jobs.Tests.Workers;

/// <summary>Issue 8, line 4: evaluations that recur.</summary>
[Collection(WithDatabases.Name)]
public sealed class RecurrenceTests(Databases databases) : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("flow-recur-").FullName;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(root, recursive: true);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Firing_QueuesTheMeasurementsOfTheNewestTraining_Once(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        await using var engine = JobEngines.Open("quartz", root, null);
        var (lab, plan, recurrences, view) = (new Lab(root, 1), SmallStudy.Plan(), new Recurrences(database), new JobView(database));
        var runner = new RecurrenceRunner(database, engine, lab, "w");
        await recurrences.Add(Nightly(plan) with { Cron = "0 3 * * *" });
        await recurrences.Add(Nightly(plan));
        var due = DateTimeOffset.UtcNow;
        Assert.StartsWith("nothing to evaluate", await runner.Fire("nightly", due.AddDays(-1), CancellationToken.None), StringComparison.Ordinal);

        var trainings = plan.Steps.Filter(step => step.Kind == StepKind.FineTune).ToList();
        foreach (var step in plan.Steps.Where(step => step.Kind != StepKind.Evaluate && step.Inputs.ForAll(input => plan[input].Kind is not StepKind.Evaluate)))
            lab.Steps.Begin(step.Name.Hex, 1).Commit();
        Directory.SetLastWriteTimeUtc(lab.Steps.Open(trainings[0].Name.Hex), DateTime.UtcNow.AddHours(-1));
        Assert.Equal("1 of 1 measurements queued", await runner.Fire("nightly", due, CancellationToken.None));
        Assert.Null(await runner.Fire("nightly", due, CancellationToken.None));
        var queued = Assert.Single(await view.Steps(states: [JobState.Ready]));
        Assert.Equal(trainings[1].Name, ((Payload.Evaluate)plan[new StepId(queued.Name)].Payload).Checkpoint);
        Assert.Equal("nightly", (await view.Studies())[0].RequestedBy);
        Assert.Equal(["1 of 1 measurements queued", "nothing to evaluate: none of its trainings is finished"], (await recurrences.Firings("nightly")).Select(firing => firing.Outcome));
    }

    [Fact]
    public async Task Engine_FollowsTheLedger()
    {
        await using var database = await databases.Open(root, onServer: false);
        await using var engine = JobEngines.Open("quartz", root, null);
        var (recurrences, runner) = (new Recurrences(database), new RecurrenceRunner(database, engine, new Lab(root, 1), "w"));
        await recurrences.Add(Nightly(SmallStudy.Plan()));
        await Agreed();
        var row = Assert.Single(await recurrences.All());
        Assert.Equal(2, DateTimeOffset.FromUnixTimeMilliseconds(row.NextMs!.Value).Hour);
        await recurrences.Add(row with { Cron = "0 4 * * *" });
        await Agreed();
        Assert.Equal(4, DateTimeOffset.FromUnixTimeMilliseconds((await recurrences.All())[0].NextMs!.Value).Hour);
        await recurrences.Pause("nightly", true);
        await Agreed();
        Assert.Empty(await engine.Schedules(CancellationToken.None));
        Assert.True((await recurrences.All())[0].Paused);
        await recurrences.Request("nightly");
        await Agreed();
        Assert.Single(await recurrences.Firings("nightly"));
        await recurrences.Remove("nightly");
        await Assert.ThrowsAsync<BadInputException>(() => recurrences.Remove("nightly"));

        async Task Agreed()
        {
            await runner.Agree(CancellationToken.None);
            await runner.Agree(CancellationToken.None);
        }
    }

    [Theory, InlineData("0 25 * * *", "UTC"), InlineData("nightly", "UTC"), InlineData("0 2 * *", "UTC"), InlineData("0 2 * * *", "Mars/Olympus")]
    public async Task Mistake_IsTold(string cron, string zone)
    {
        await using var database = await databases.Open(root, onServer: false);
        var mistake = await Assert.ThrowsAsync<BadInputException>(() => new Recurrences(database).Add(Nightly(SmallStudy.Plan()) with { Cron = cron, TimeZone = zone }));
        Assert.Contains("--cron", mistake.Message, StringComparison.Ordinal);
    }

    Recurrence Nightly(Plan plan) => new()
    {
        Name = "nightly",
        Cron = "0 2 * * *",
        TimeZone = "UTC",
        Evaluate = RecurringEvaluation.Latest,
        Study = plan.Study.Name,
        Spec = SpecWriter.Write(plan.Study.Spec).ToString(),
        BaseFolder = root,
        Misfire = Misfire.Skip,
    };
}
