using System.Globalization;
using Flow.Dataflow.Streaming;
using Flow.Domain.Data;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;
using Flow.Training.Models;
using LanguageExt;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>
/// Pretraining and fine-tuning: shards become batches, batches become updates, checkpoints go into the step's directory. An attempt goes
/// on from the newest whole checkpoint of the one before; failing that from the training that is this one's beginning, or from the weights
/// of the stage before.
/// </summary>
public static class TrainStep
{
    static readonly Retention Kept = new(KeepLast: 2);

    public static Task Run(StepContext context, Payload.Pretrain payload) => Run(
        context, payload.Model, payload.Train, [new StreamSource(context.Open(payload.Data))], [null], payload.Prefix,
        () => new TrainingStart.Fresh());

    public static Task Run(StepContext context, Payload.FineTune payload) => Run(
        context, payload.Model, payload.Train,
        [.. payload.Mixture.Map(part => new StreamSource(context.Open(part.Data), part.Weight))],
        [.. payload.Mixture.Map(part => (PerceptionTask?)part.Task)],
        payload.Prefix,
        () => payload.From.Match<TrainingStart>(
            from => new TrainingStart.From(Adapted(context, from, payload.Model, payload.Train.Seed)),
            () => new TrainingStart.Fresh()));

    /// <summary>Copies of a dense model's MLPs become experts; nothing is trained.</summary>
    public static void Run(StepContext context, Payload.Upcycle payload)
    {
        var weights = Adapted(context, payload.From, payload.Model, seed: 0);
        Checkpoints.Save(context.Directory, new SavedTraining(new TrainingState(0, weights, weights, NoTensors, NoTensors), EpochLedger.Empty), context.Step, Kept);
    }

    static readonly Dictionary<string, Tensor> NoTensors = [];

    static async Task Run(
        StepContext context, ModelSpec model, TrainSpec train, StreamSource[] sources, PerceptionTask?[] tasks, Option<StepId> prefix,
        Func<TrainingStart> otherwise)
    {
        var saved = Resumable(context, prefix);
        var start = saved.Match<TrainingStart>(training => new TrainingStart.Resume(training.State), otherwise);
        var first = start is TrainingStart.Resume resume ? resume.State.Step : 0;
        if (first > 0) context.Note(string.Create(CultureInfo.InvariantCulture, $"goes on from step {first:N0}"));
        var stream = BatchStream.Open(new StreamSpec(sources, train.Seed, train.Batch, model.ConditionImages, train.Flip, Start: first, Stop: train.Steps));
        using var curve = new Curve(context, model, train);
        using var watch = new PipelineWatch(context.Directory, () => stream.State);
        var books = new SampleBooks(stream.Indexes, saved.Match(training => training.Seen, () => EpochLedger.Empty));
        var hooks = new TrainingHooks(
            (state, reason) => Keep(context, new SavedTraining(state, books.Ledger), reason, curve), new CheckpointPolicy(0, context.Lab.CheckpointEvery), row =>
            {
                books.Done(row.Step);
                curve.Add(row);
            });
        var run = new TrainingRun(model, train, start, CPU, context.Lab.Threads, Machine.PeakFlops(context.Lab.Threads));
        var outcome = await Trainer.RunAsync(run, Labelled(stream, books, model, tasks), hooks, context.Cancel);
        switch (outcome)
        {
            case TrainingOutcome.Finished:
                var seen = EpochsSeen.Of(books);
                seen.Save(context.Directory);
                curve.Measured().With(seen.Measurements).Save(context.Directory);
                break;
            case TrainingOutcome.Cancelled:
                throw new OperationCanceledException(context.Cancel);
            case TrainingOutcome.Diverged diverged:
                throw new StepFailure(diverged.ToString());
        }
    }

    /// <summary>The rows go first: a kill between the two makes the next attempt write them again, and its rows supersede these.</summary>
    static void Keep(StepContext context, SavedTraining training, CheckpointReason reason, Curve curve)
    {
        if (reason == CheckpointReason.Diverged)
        {
            Checkpoints.Save(context.InWork("diverged"), training, context.Step, Kept);
            return;
        }
        curve.Publish();
        Checkpoints.Save(context.Directory, training, context.Step, Kept);
    }

    /// <summary>This step's own newest checkpoint, or that of the shorter training that it continues.</summary>
    static Option<SavedTraining> Resumable(StepContext context, Option<StepId> prefix)
    {
        var own = Checkpoints.Resumable(context.Directory, context.Note);
        return own.IsSome ? own : prefix.Bind(step => Checkpoints.Resumable(context.Open(step), context.Note));
    }

    static Dictionary<string, Tensor> Adapted(StepContext context, StepId from, ModelSpec to, int seed)
    {
        var before = Checkpoints.Latest(context.Open(from), context.Note)
            .IfNone(() => throw new StepFailure($"step {from.Short} has no checkpoint that is whole: delete {context.Open(from)}, and it runs again"));
        var model = Lineage.Of(context.Plan, from).Map(lineage => lineage.Model).IfNone(to);
        return Adaptation.Adapt(before.Ema, model, to, new AdaptOptions(Seed: seed)).Match(
            Succ: weights => weights,
            Fail: mistakes => throw new StepFailure(string.Join("; ", mistakes)));
    }

    /// <summary>A generalist is told the task by its label; the others keep the labels of their data.</summary>
    static async IAsyncEnumerable<LatentBatch> Labelled(BatchStream stream, SampleBooks books, ModelSpec model, PerceptionTask?[] tasks)
    {
        await foreach (var batch in stream)
        {
            books.Hand(batch);
            yield return model.Conditioning == Conditioning.Generalist
                ? batch with { Labels = Array.ConvertAll(batch.SampleIds, id => TaskLabels.Of(model, tasks[BatchStream.Origin(id).Source]!.Value)) }
                : batch;
        }
    }
}
