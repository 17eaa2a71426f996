using Flow.Domain.Models;
using Flow.Domain.Planning;

namespace Flow.Jobs.Report;

/// <summary>One run's line in the report's table and in the demo's answer.</summary>
/// <param name="Task">The perception task it was judged on; none for a pretraining study.</param>
/// <param name="Loss">Held-out diffusion loss of the images.</param>
/// <param name="TaskLoss">Held-out diffusion loss of the task's target.</param>
/// <param name="Scores">Metrics of the first sampler by name.</param>
public sealed record ReportedRunRow(
    string Run, string Model, long Params, double MacsPerImage, double TrainMacs, double Images, double Tokens, string? Task, double? Loss, double? TaskLoss,
    IReadOnlyDictionary<string, Measurement> Scores)
{
    /// <summary>A run from what its steps measured.</summary>
    public static ReportedRunRow Of(Lab lab, Plan plan, PlannedRun run)
    {
        var measured = run.Steps.SelectMany(step => Measurements.Of(lab, step).Match(found => found.Values, () => [])).ToList();
        var lineage = run.Steps.Rev().Map(step => Lineage.Of(plan, step)).Somes().Head;
        var first = measured.Where(value => value.SamplerSteps is not null).OrderBy(value => (value.SamplerSteps, value.Ensemble)).ToList();
        return new ReportedRunRow(
            run.Run.Label.Length == 0 ? plan.Study.Name : run.Run.Label, lineage.Model.Name, Accounting.Parameters(lineage.Model).Total,
            Accounting.ForwardMacs(lineage.Model), lineage.TotalTrainMacs, lineage.Images, lineage.Images * lineage.Model.Tokens,
            first.FirstOrDefault()?.Task,
            measured.FirstOrDefault(value => value is { Metric: "loss", Task: null })?.Value,
            measured.FirstOrDefault(value => value is { Metric: "loss", Task: not null })?.Value,
            first.GroupBy(value => value.Metric).ToDictionary(group => group.Key, group => group.First()));
    }

    public double? Score(string metric) => Scores.TryGetValue(metric, out var found) ? found.Value : null;
}
