// One training run. The thread that calls Run owns every tensor; batches come from whoever fills the sequence (Dataflow bounds it), in the
// order of their positions. Data-parallel workers each run this loop on their share of every batch. A fault of the sequence or of a hook comes out of Run as it is; divergence and cancellation are outcomes.
using System.Diagnostics;
using Flow.Domain.Data;
using Flow.Torch;
using TorchSharp;

namespace Flow.Training.Loop;

/// <summary>Runs a training from its start to its last step.</summary>
public static class Trainer
{
    /// <summary>
    /// Trains on a thread of its own, reading batches as they come. The sequence must begin at the position of the step to do next and
    /// go on to the last; it may end there or later.
    /// </summary>
    public static Task<TrainingOutcome> RunAsync(
        TrainingRun run, IAsyncEnumerable<LatentBatch> batches, TrainingHooks hooks, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<TrainingOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                done.SetResult(Run(run, batches.ToBlockingEnumerable(IsAlone(run) ? cancellation : default), hooks, cancellation));
            }
#pragma warning disable CA1031 // nothing is swallowed: the fault moves to the awaiting thread
            catch (Exception fault)
#pragma warning restore CA1031
            {
                done.SetException(fault);
            }
        })
        { Name = "training", IsBackground = true }.Start();
        return done.Task;
    }

    /// <summary>As <see cref="RunAsync"/>, on the calling thread.</summary>
    public static TrainingOutcome Run(
        TrainingRun run, IEnumerable<LatentBatch> batches, TrainingHooks hooks, CancellationToken cancellation)
    {
        // The engine sets one thread a core when it is first asked for: first, or it would undo the run's own number.
        _ = TensorEngine.Current;
        if (run.Threads > 0) torch.set_num_threads(run.Threads);
        using var session = new TrainingSession(run);
        if (session.Step >= run.Train.Steps) return Ended(new TrainingOutcome.Finished(session.Step), CheckpointReason.Final);
        try
        {
            var meter = new Meter(run);
            var sinceCheckpoint = Stopwatch.StartNew();
            foreach (var batch in batches)
            {
                if (session.AnyStops(cancellation.IsCancellationRequested)) return Ended(new TrainingOutcome.Cancelled(session.Step), CheckpointReason.Cancelled);
                Expect(batch, session.Step);
                var loss = session.Backward(batch);
                var gradNorm = session.GradientNorm();
                if (Divergence.Is(loss.Parts, gradNorm))
                    return Ended(new TrainingOutcome.Diverged(session.Step + 1, batch.SampleIds, loss.Parts, gradNorm), CheckpointReason.Diverged);
                var lr = session.Update(gradNorm);
                hooks.Report(meter.Row(session.Step, loss, lr, gradNorm));
                if (session.Step == run.Train.Steps) return Ended(new TrainingOutcome.Finished(session.Step), CheckpointReason.Final);
                if (!hooks.Policy.IsDue(session.Step, sinceCheckpoint.Elapsed)) continue;
                if (session.IsFirst) hooks.Checkpoint(session.State, CheckpointReason.Periodic);
                sinceCheckpoint.Restart();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Ended(new TrainingOutcome.Cancelled(session.Step), CheckpointReason.Cancelled);
        }
        catch (WorkerLostException) when (session.IsFirst)
        {
            // Workers exchange before an update, never in it: the weights are those of the last step that was done.
            hooks.Checkpoint(session.State, CheckpointReason.WorkerLost);
            throw;
        }
        throw new InvalidOperationException($"the batches ended at step {session.Step} of {run.Train.Steps}");

        TrainingOutcome Ended(TrainingOutcome outcome, CheckpointReason reason)
        {
            if (session.IsFirst) hooks.Checkpoint(session.State, reason);
            return outcome;
        }
    }

    /// <summary>Workers agree on the step at which they stop, so none of them may leave while it waits for a batch.</summary>
    static bool IsAlone(TrainingRun run) => run.Group is null or { Size: 1 };

    static void Expect(LatentBatch batch, long step)
    {
        if (batch.Position != step) throw new InvalidOperationException($"the batch at position {batch.Position} was given to step {step}");
    }
}
