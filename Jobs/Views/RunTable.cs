using Flow.Domain.Models;

namespace Flow.Jobs.Views;

/// <summary>One run of the store in a list.</summary>
/// <param name="State">done, begun or waiting: of its last step.</param>
/// <param name="Metrics">What its steps measured, a perception task's with the task before it; of several samplers the cheapest.</param>
public sealed record RunLine(
    string Study, string Run, string Model, long Params, double TrainMacs, int Seed, string State, IReadOnlyDictionary<string, double> Metrics);

/// <summary>The runs of a store.</summary>
public static class RunTable
{
    /// <summary>Runs of the studies named, or of all; of several versions of a study the latest.</summary>
    public static IReadOnlyList<PlanOfRun> Runs(KnownStudies studies, IReadOnlyCollection<string>? named) =>
    [
        .. studies.All().DistinctBy(study => study.Plan.Study.Name).Where(study => named is null || named.Contains(study.Plan.Study.Name))
            .SelectMany(study => study.Plan.Runs.Map(run => new PlanOfRun(study.Plan, run))),
    ];

    public static IReadOnlyList<RunLine> Lines(Lab lab, IReadOnlyList<PlanOfRun> runs, CancellationToken cancel)
    {
        var measured = lab.Results.Query("""
            select study, run, case when task is null then metric else task || ' ' || metric end, arg_min(value, coalesce(macs_per_image, 0))
            from results group by 1, 2, 3
            """, cancel: cancel).Rows.ToLookup(row => ((string)row[0]!, (string)row[1]!), row => ((string)row[2]!, (double)row[3]!));
        return [.. runs.Select(run => Line(lab, run, measured[(run.Study, run.Label)]))];
    }

    static RunLine Line(Lab lab, PlanOfRun run, IEnumerable<(string Metric, double Value)> measured)
    {
        var last = run.Planned.Steps.Last.Hex;
        return new RunLine(
            run.Study, run.Label, run.Lineage.Model.Name, Accounting.Parameters(run.Lineage.Model).Total, run.Lineage.TotalTrainMacs,
            run.Lineage.Stages.Last.Train.Seed,
            lab.Steps.Exists(last) ? "done" : run.Planned.Steps.Exists(step => lab.Steps.Exists(step.Hex) || lab.Steps.Unfinished(step.Hex) is not null) ? "begun" : "waiting",
            measured.ToDictionary(value => value.Metric, value => value.Value));
    }
}
