using Flow.Dataflow.Streaming;
using Flow.Domain.Data;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Training.Loop;
using Flow.Training.Models;
using LanguageExt;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>The training that a step's payload asks for: the same in each of its data-parallel workers.</summary>
/// <param name="Tasks">What each source's samples are for; null for photographs.</param>
/// <param name="Prefix">The shorter training that this one continues.</param>
/// <param name="Otherwise">How it begins when there is no checkpoint to go on from.</param>
sealed record StepTraining(
    ModelSpec Model, TrainSpec Train, IReadOnlyList<StreamSource> Sources, IReadOnlyList<PerceptionTask?> Tasks, Option<StepId> Prefix, Func<TrainingStart> Otherwise)
{
    public static StepTraining Of(StepContext context) => context.Step.Payload switch
    {
        Payload.Pretrain p => new(p.Model, p.Train, [new StreamSource(context.Open(p.Data))], [null], p.Prefix, () => new TrainingStart.Fresh()),
        Payload.FineTune p => new(
            p.Model, p.Train,
            [.. p.Mixture.Map(part => new StreamSource(context.Open(part.Data), part.Weight))],
            [.. p.Mixture.Map(part => (PerceptionTask?)part.Task)],
            p.Prefix,
            () => p.From.Match<TrainingStart>(
                from => new TrainingStart.From(Adapted(context, from, p.Model, p.Train.Seed)),
                () => new TrainingStart.Fresh())),
        var other => throw new NotSupportedException($"{other} trains nothing"),
    };

    /// <summary>This step's own newest checkpoint, or that of the shorter training that it continues.</summary>
    public Option<SavedTraining> Saved(StepContext context)
    {
        var own = Checkpoints.Resumable(context.Directory, context.Note);
        return own.IsSome ? own : Prefix.Bind(step => Checkpoints.Resumable(context.Open(step), context.Note));
    }

    public TrainingStart Start(Option<SavedTraining> saved) =>
        saved.Match<TrainingStart>(training => new TrainingStart.Resume(training.State), Otherwise);

    /// <summary>From the batch of the first step to do, to the last; of one worker's shares, or whole for one worker of one.</summary>
    public BatchStream Stream(long first, int worker = 0, int workers = 1) =>
        BatchStream.Open(new StreamSpec(Sources, Train.Seed, Train.Batch, Model.ConditionImages, Train.Flip, first, Train.Steps, worker, workers));

    /// <summary>A generalist is told the task by its label; the others keep the labels of their data.</summary>
    public LatentBatch Labelled(LatentBatch batch) => Model.Conditioning == Conditioning.Generalist
        ? batch with { Labels = Array.ConvertAll(batch.SampleIds, id => TaskLabels.Of(Model, Tasks[BatchStream.Origin(id).Source]!.Value)) }
        : batch;

    /// <summary>Averaged weights of a finished training, made to fit a model.</summary>
    public static Dictionary<string, Tensor> Adapted(StepContext context, StepId from, ModelSpec to, int seed)
    {
        var before = Checkpoints.Latest(context.Open(from), context.Note)
            .IfNone(() => throw new StepFailure($"step {from.Short} has no checkpoint that is whole: delete {context.Open(from)}, and it runs again"));
        var model = Lineage.Of(context.Plan, from).Map(lineage => lineage.Model).IfNone(to);
        return Adaptation.Adapt(before.Ema, model, to, new AdaptOptions(Seed: seed)).Match(
            Succ: weights => weights,
            Fail: mistakes => throw new StepFailure(string.Join("; ", mistakes)));
    }
}
