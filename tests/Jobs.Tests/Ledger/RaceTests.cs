using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Ledger;
using Xunit;

namespace Flow.Jobs.Tests.Ledger;

/// <summary>Issue 8, line 6: a race of submitted trials, judged by whatever workers end their steps. What each would measure is made up here; SweepTests trains.</summary>
[Collection(WithDatabases.Name)]
public sealed class RaceTests(Databases databases) : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("flow-race-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory, InlineData(false), InlineData(true)]
    public async Task Losers_AreStopped_AndTheBestGoOn(bool onServer)
    {
        await using var database = await databases.Open(root, onServer);
        var (lab, race, view) = (new Lab(root, 1), Plan("race", 9, 30, """, "halving": { "rungs": [10, 30], "keep": 3 }"""), new JobView(database));
        await new Submissions(database, lab).Submit(race, root, new SubmitOptions());
        await WorkThrough(database, lab, race);
        var study = Assert.Single(await view.Studies());
        Assert.Equal((JobState.Done, 0L), (study.State, study.Waiting));
        Assert.Equal(6 * 2, study.Stopped); // the longer training of each loser, and its measurement
        Assert.Equal([0, 1, 2], Finished(lab, race, 30).Order());
    }

    /// <summary>The short trainings belong to the study that was there first: their ends decide the race of the other one too.</summary>
    [Fact]
    public async Task RaceOverStepsOfAnotherStudy_IsJudged()
    {
        await using var database = await databases.Open(root, onServer: false);
        var lab = new Lab(root, 1);
        var (grid, race) = (Plan("grid", 9, 10, ""), Plan("race", 9, 30, """, "halving": { "rungs": [10, 30], "keep": 3 }"""));
        await new Submissions(database, lab).Submit(grid, root, new SubmitOptions());
        await new Submissions(database, lab).Submit(race, root, new SubmitOptions());
        Assert.Equal(18, race.Steps.Map(step => step.Name).Intersect(grid.Steps.Map(step => step.Name)).Count(step => race[step].Kind is StepKind.Pretrain or StepKind.HeldOutLoss));
        await WorkThrough(database, lab, race, grid);
        Assert.All(await new JobView(database).Studies(), study => Assert.Equal(JobState.Done, study.State));
        Assert.Equal([0, 1, 2], Finished(lab, race, 30).Order());
    }

    /// <summary>As a worker does, without training: the loss of a trial is its seed.</summary>
    static async Task WorkThrough(LedgerDatabase database, Lab lab, params Plan[] plans)
    {
        var (claims, endings, agreement) = (new Claims(database), new Endings(database), new Agreement(database, lab));
        while (await claims.Offer() is { Count: > 0 } offers)
            foreach (var offer in offers)
            {
                var lease = await claims.Claim(offer.Name, "w", "cpu") ?? throw new InvalidOperationException("not claimable");
                var plan = plans.First(plan => plan.Steps.Exists(step => step.Name.Hex == offer.Name));
                var work = lab.Steps.Begin(lease.Step, lease.Fence);
                if (plan[new StepId(lease.Step)].Payload is Payload.HeldOutLoss loss)
                    new Measurements(lease.Fence, DateTimeOffset.UnixEpoch, 1, [new Measurement("loss", Seed(plan, loss.Checkpoint))]).Save(work.Directory);
                work.Commit();
                Assert.NotNull(await endings.Done(lease));
                await agreement.JudgeAfter(lease.Step);
            }
    }

    /// <summary>Seeds of the trials that were measured after so many steps.</summary>
    static IEnumerable<int> Finished(Lab lab, Plan plan, int steps) => plan.Steps
        .Where(step => step.Payload is Payload.HeldOutLoss loss && Trained(plan, loss.Checkpoint).Steps == steps && lab.Steps.Exists(step.Name.Hex))
        .Select(step => Seed(plan, ((Payload.HeldOutLoss)step.Payload).Checkpoint));

    static int Seed(Plan plan, StepId training) => (int)Trained(plan, training).Seed;

    static Domain.Runs.TrainSpec Trained(Plan plan, StepId training) => ((Payload.Pretrain)plan[training].Payload).Train;

    static Plan Plan(string name, int trials, int steps, string halving) => Domain.Planning.Plan.Of(StudyText.Read($$"""
        {
          "name": "{{name}}", "codec": { "like": "tiny-c4", "fitOn": ["photos"] },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 40 } },
          "run": { "model": "tiny-d32-l2-c4", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-isoflop", "steps": {{steps}} } },
            { "kind": "held-out-loss", "dataset": "photos" } ] },
          "axes": [{ "kind": "values", "path": "stages[0].train.seed", "of": [{{string.Join(", ", Enumerable.Range(0, trials))}}] }]{{halving}}
        }
        """).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
}
