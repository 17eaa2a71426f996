using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using LanguageExt;
using Xunit;

namespace Flow.Jobs.Tests;

/// <summary>
/// Successive halving against the whole grid, with real trainings of tiny models on rendered scenes: every seed is fixed, so the numbers are
/// the same on every run of an engine.
/// </summary>
public sealed class SweepTests : IDisposable
{
    const string Study = """
        {
          "name": "race",
          "codec": { "like": "tiny-c4", "fitOn": ["photos", "depth"] },
          "datasets": {
            "photos": { "like": "scene-photos", "scenes": 400 }, "photos-val": { "like": "scene-photos-val", "scenes": 128 },
            "depth": { "like": "scene-depth", "scenes": 40 } },
          "run": { "model": "tiny-d32-l2-c4", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-isoflop", "steps": 270 } },
            { "kind": "held-out-loss", "dataset": "photos-val", "draws": 2 } ] },
          "axes": [
            { "kind": "values", "path": "model", "of": ["tiny-d32-l2-c4", "tiny-d48-l2-c4", "tiny-d64-l2-c4"] },
            { "kind": "values", "path": "stages[0].train.optim.lr", "of": [1e-3, 4e-3, 1.6e-2] },
            { "kind": "values", "path": "stages[0].train.optim.warmupSteps", "of": [0, 20, 100] } ],
          "halving": { "rungs": [30, 90, 270], "keep": 3 }
        }
        """;

    readonly string root = Directory.CreateTempSubdirectory("flow-sweep-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Halving_FindsTheGridsBest_ForLessThanHalfOfItsCompute_AndKeepsTheLosersRows()
    {
        var race = Plan(StudyText.ReadSpec(Study));
        var grid = Plan(StudyText.ReadSpec(Study).Map(spec => spec with { Name = "grid", Halving = Option<Domain.Sweeps.HalvingSpec>.None }));
        var lab = new Lab(root, 2);

        var raced = await new StudyRunner(lab, new Progress<StudyEvent>()).Run(race, root, CancellationToken.None);
        Assert.Empty(raced.Failures);
        Assert.Equal(27 - 3, raced.Stopped.Count);
        var (spent, found) = (TrainedMacs(lab), Best(lab, "race"));
        // Whoever was stopped at a rung has its loss there, and the whole curve up to it.
        Assert.Equal([27L, 9L, 3L], Losses(lab, "race"));
        Assert.Equal(27L * 30 + 9 * 60 + 3 * 180, Count(lab, "select count(*) from curves where study = 'race' and metric = 'loss'"));

        var whole = await new StudyRunner(lab, new Progress<StudyEvent>()).Run(grid, root, CancellationToken.None);
        Assert.Empty(whole.Failures);
        var wholeMacs = grid.Runs.Sum(run => 3 * Accounting.ForwardMacs(run.Run.Model.Spec) * 270 * 16);
        Assert.InRange(spent / wholeMacs, 0.01, 0.45);
        Assert.InRange(found / Best(lab, "grid"), 0.999999, 1.01);
    }

    static Plan Plan(Validation<Domain.SpecError, StudySpec> spec) => Domain.Planning.Plan.Of(
        spec.Bind(Domain.Studies.Study.From).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));

    /// <summary>Training MACs of every optimizer step that was logged.</summary>
    static double TrainedMacs(Lab lab) => lab.Results.Query("""
        select sum(3 * r.macs_per_image * 16) from curves c
        join (select distinct step, macs_per_image from results where stage = 'pretrain' and metric = 'train_loss') r on r.step = c.step where c.metric = 'loss'
        """).Rows[0][0] is double macs ? macs : throw new InvalidDataException("no curve");

    static double Best(Lab lab, string study) =>
        (double)lab.Results.Query($"select min(value) from results where study = '{study}' and stage = 'held-out-loss' and metric = 'loss' and optimizer_step = 270").Rows[0][0]!;

    static IEnumerable<long> Losses(Lab lab, string study) => lab.Results.Query(
        $"select count(*) from results where study = '{study}' and stage = 'held-out-loss' and metric = 'loss' group by optimizer_step order by optimizer_step").Rows.Select(row => (long)row[0]!);

    static long Count(Lab lab, string sql) => (long)lab.Results.Query(sql).Rows[0][0]!;
}
