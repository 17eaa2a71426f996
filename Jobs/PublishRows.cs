using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Storage.Results;
using LanguageExt;

namespace Flow.Jobs;

/// <summary>Whose rows they are.</summary>
/// <param name="Dataset">Where they were measured on another data set than the study's own.</param>
public sealed record RunOfRows(string Study, string Label, Option<Lineage> Lineage, string? Dataset = null);

/// <summary>
/// Brings what steps measured into the result store, under every run that they belong to. Publishing the same step again adds nothing, so
/// it is done both when a step ends and when a later study finds it already there: a kill between the two loses no row.
/// </summary>
public static class PublishRows
{
    public static void Of(Lab lab, Plan plan, Step step)
    {
        if (!lab.Steps.Exists(step.Name.Hex)) return;
        foreach (var run in plan.Runs.Filter(run => run.Steps.Contains(step.Name)))
            Under(lab, step, new RunOfRows(plan.Study.Name, run.Run.Label.Length == 0 ? plan.Study.Name : run.Run.Label, Lineage.Of(plan, step.Name)));
    }

    /// <summary>A finished step's rows under one run, which need not have planned it.</summary>
    public static void Under(Lab lab, Step step, RunOfRows run)
    {
        var directory = lab.Steps.Open(step.Name.Hex);
        var made = Provenance.Of(directory);
        Measurements.Of(directory).IfSome(measured => lab.Results.Append(measured.Values.Select(value =>
        {
            var row = Made(Row(run, step, measured, value), made);
            return run.Lineage.Match(lineage => Described(row, lineage), () => row);
        })));
    }

    static ResultRow Made(ResultRow row, Option<Provenance> made) => made.Match(
        by => row with { Commit = by.Commit, Engine = by.Engine, Device = by.Device, Host = by.Host },
        () => row);

    static ResultRow Row(RunOfRows run, Step step, Measurements measured, Measurement value) => new()
    {
        Study = run.Study,
        Run = run.Label,
        Dataset = run.Dataset,
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
