using System.Globalization;
using Flow.Dataflow.Streaming;
using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Jobs.DataParallel;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;

namespace Flow.Jobs.Steps;

/// <summary>
/// Pretraining and fine-tuning: shards become batches, batches become updates, checkpoints go into the step's directory. An attempt goes
/// on from the newest whole checkpoint of the one before; failing that from the training that is this one's beginning, or from the weights
/// of the stage before. With several workers this process is the first of them: it keeps the ledger and writes the checkpoints.
/// </summary>
public static class TrainStep
{
    // Beside the checkpoints, so that no later attempt goes on from it.
    const string Blown = "diverged";

    static readonly Retention Kept = new(KeepLast: 2);

    public static async Task Run(StepContext context)
    {
        var training = StepTraining.Of(context);
        var (model, train, workers) = (training.Model, training.Train, context.Lab.Workers);
        var saved = training.Saved(context);
        var start = training.Start(saved);
        var first = start.Step;
        if (first > 0) context.Note(string.Create(CultureInfo.InvariantCulture, $"goes on from step {first:N0}"));
        var stream = training.Stream(first);
        var alone = new TrainingRun(model, train, start, ComputeDevice.OfWorker(context.Lab, 0), context.Lab.Threads);
        if (train.Precision == Precision.Bf16 && !alone.Bfloat16) context.Note($"bf16: {alone.Device} is not fast at bfloat16, matrix products stay in fp32");
        var peak = Machine.PeakFlops(alone, workers);
        using var curve = new Curve(context, model, train, peak);
        using var watch = new PipelineWatch(context.Directory, () => stream.State);
        var books = new SampleBooks(stream.Indexes, saved.Match(training => training.Seen, () => EpochLedger.Empty));
        var hooks = new TrainingHooks(
            (state, reason) => Keep(context, new SavedTraining(state, books.Ledger), reason, curve), new CheckpointPolicy(context.Lab.KeepEvery, context.Lab.CheckpointEvery), row =>
            {
                books.Done(row.Step);
                curve.Add(row);
            });
        using var peers = await TrainingPeers.Start(context, first);
        var run = alone with { PeakFlops = peak, Group = peers.Group };
        TrainingOutcome outcome;
        try
        {
            outcome = await Trainer.RunAsync(run, Share(stream, books, training, workers), hooks, context.Cancel);
        }
        catch (WorkerLostException lost)
        {
            throw new StepFailure(await peers.WhyLost(lost));
        }
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
                throw new StepFailure($"{diverged with { SampleIds = books.Handed(diverged.Step - 1) }}. It is in {context.InWork(Blown)}");
        }
    }

    /// <summary>Copies of a dense model's MLPs become experts; nothing is trained.</summary>
    public static void Run(StepContext context, Payload.Upcycle payload)
    {
        var weights = StepTraining.Adapted(context, payload.From, payload.Model, seed: 0);
        Checkpoints.Save(context.Directory, SavedTraining.Of(weights), context.Step, Kept);
    }

    /// <summary>The rows go first: a kill between the two makes the next attempt write them again, and its rows supersede these.</summary>
    static void Keep(StepContext context, SavedTraining training, CheckpointReason reason, Curve curve)
    {
        context.Work.ThrowIfTaken();
        if (reason == CheckpointReason.Diverged)
        {
            Checkpoints.Save(context.InWork(Blown), training, context.Step, Kept);
            return;
        }
        curve.Publish();
        Checkpoints.Save(context.Directory, training, context.Step, Kept with { KeepEvery = context.Lab.KeepEvery });
    }

    /// <summary>The first worker reads whole batches, as the ledger needs them, and trains on the first samples of each.</summary>
    static async IAsyncEnumerable<LatentBatch> Share(BatchStream stream, SampleBooks books, StepTraining training, int workers)
    {
        await foreach (var batch in stream.Lent()) // the trainer copies a batch into tensors; the ledger reads its ids
        {
            books.Hand(batch);
            yield return training.Labelled(workers == 1 ? batch : BatchSlices.Slice(batch, 0, batch.Count / workers));
        }
    }
}
