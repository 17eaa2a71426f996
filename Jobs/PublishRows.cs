using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Storage.Results;

namespace Flow.Jobs;

/// <summary>
/// Brings what steps measured into the result store, under every run that they belong to. Publishing the same step again adds nothing, so
/// it is done both when a step ends and when a later study finds it already there: a kill between the two loses no row.
/// </summary>
public static class PublishRows
{
    public static void Of(Lab lab, Plan plan, Step step)
    {
        if (!lab.Steps.Exists(step.Name.Hex)) return;
        Measurements.Of(lab.Steps.Open(step.Name.Hex)).IfSome(measured =>
        {
            foreach (var run in plan.Runs.Filter(run => run.Steps.Contains(step.Name)))
                lab.Results.Append(measured.Values.Select(value => Row(plan, run, step, measured, value)));
        });
    }

    static ResultRow Row(Plan plan, PlannedRun run, Step step, Measurements measured, Measurement value)
    {
        var row = new ResultRow
        {
            Study = plan.Study.Name,
            Run = run.Run.Label.Length == 0 ? plan.Study.Name : run.Run.Label,
            Step = step.Name.Hex,
            Stage = Spelling.Kebab(step.Kind.ToString()),
            Metric = value.Metric,
            Value = value.Value,
            Unit = value.Unit,
            Low = value.Low,
            High = value.High,
            Task = value.Task,
            SamplerSteps = value.SamplerSteps,
            Ensemble = value.Ensemble,
            Sampler = value.Sampler,
            MacsPerImage = value.MacsPerImage,
            GpuSeconds = value.Seconds ?? measured.Seconds,
            Attempt = measured.Attempt,
            Time = measured.Time,
        };
        return Lineage.Of(plan, step.Name).Match(Some: lineage => Described(row, lineage), None: () => row);
    }

    static ResultRow Described(ResultRow row, Lineage lineage)
    {
        var count = Accounting.Parameters(lineage.Model);
        return row with
        {
            Model = lineage.Model.Name,
            Params = count.Total,
            ParamsActive = count.Active,
            MacsPerImage = row.MacsPerImage ?? Accounting.ForwardMacs(lineage.Model),
            TrainMacs = lineage.TotalTrainMacs,
            Images = (long)lineage.Images,
            Tokens = (long)(lineage.Images * lineage.Model.Tokens),
            OptimizerStep = lineage.Stages.IsEmpty ? null : lineage.Stages.Last.Train.Steps,
            Seed = lineage.Stages.IsEmpty ? null : lineage.Stages.Last.Train.Seed,
        };
    }
}
