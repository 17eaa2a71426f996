using System.Text.Json;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Jobs.Steps;
using Flow.Training.Checkpoints;

namespace Flow.Jobs.Views;

/// <summary>A checkpoint that can be gone on from.</summary>
/// <param name="Step">Name of the training step that left it.</param>
public sealed record CheckpointView(string Step, long OptimizerStep, long Bytes, DateTimeOffset Time);

/// <summary>A step of a run.</summary>
/// <param name="State">done, begun (an attempt has left something, or runs) or waiting.</param>
/// <param name="OptimizerSteps">Of a training; null for the others.</param>
/// <param name="Pipeline">How data reached a trainer or the shards; null for steps without a data graph.</param>
/// <param name="Made">Null for a step that has not begun or that an earlier version ran.</param>
public sealed record RunStepView(
    string Step, string Kind, string Label, string State, long? OptimizerSteps, int? Seed, Provenance? Made, IReadOnlyList<Measurement> Measurements, PipelineFile? Pipeline);

/// <summary>Everything about one run but its curves.</summary>
/// <param name="Spec">Model and stages, as a study would spell them.</param>
public sealed record RunView(
    string Study, string Run, string Identity, string Model, long Params, long ParamsActive, double MacsPerImage, double TrainMacs, double Images, double Tokens,
    int Seed, IReadOnlyList<RunStepView> Steps, IReadOnlyList<CheckpointView> Checkpoints, JsonElement Spec)
{
    /// <summary>Null where no recorded study of the store has such a run.</summary>
    public static RunView? Of(Lab lab, KnownStudies studies, string study, string label)
    {
        if (studies.Find(study, label) is not { } run) return null;
        var (plan, model, lineage) = (run.Plan, run.Lineage.Model, run.Lineage);
        var count = Accounting.Parameters(model);
        var steps = run.Planned.Steps.Map(name => Step(lab, plan[name])).ToList();
        return new RunView(
            plan.Study.Name, label, plan.Identity.Hex, model.Name, count.Total, count.Active, Accounting.ForwardMacs(model), lineage.TotalTrainMacs,
            lineage.Images, lineage.Images * model.Tokens, lineage.Stages.Last.Train.Seed, steps,
            [.. steps.Where(step => step.OptimizerSteps is not null).SelectMany(step => Saved(lab, step.Step))],
            JsonDocument.Parse(run.Spec.ToString()).RootElement);
    }

    static RunStepView Step(Lab lab, Step step)
    {
        var directory = DirectoryOf(lab, step.Name.Hex);
        var train = step.Payload switch
        {
            Payload.Pretrain pretrain => pretrain.Train,
            Payload.FineTune tune => tune.Train,
            _ => null,
        };
        return new RunStepView(
            step.Name.Hex, Spelling.Kebab(step.Kind.ToString()), step.Label,
            lab.Steps.Exists(step.Name.Hex) ? "done" : directory is null ? "waiting" : "begun",
            train?.Steps, train?.Seed,
            directory is null ? null : Provenance.Of(directory).MatchUnsafe<Provenance?>(made => made, () => null),
            directory is null ? [] : Measurements.Of(directory).Match(measured => measured.Values, () => []),
            directory is null ? null : PipelineFile.Of(directory));
    }

    /// <summary>Of a finished step, or where its latest attempt writes.</summary>
    static string? DirectoryOf(Lab lab, string step) => lab.Steps.Exists(step) ? lab.Steps.Open(step) : lab.Steps.Unfinished(step);

    static IEnumerable<CheckpointView> Saved(Lab lab, string step)
    {
        if (DirectoryOf(lab, step) is not { } directory) yield break;
        var folder = Path.Combine(directory, "checkpoints");
        foreach (var at in CheckpointFolder.Steps(folder))
        {
            var saved = new DirectoryInfo(CheckpointFolder.PathOf(folder, at));
            yield return new CheckpointView(step, at, saved.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), saved.LastWriteTimeUtc);
        }
    }
}
