using System.Diagnostics;
using Flow.Domain;
using Flow.Jobs.Steps;
using Flow.Torch;
using Flow.Training.Loop;

namespace Flow.Jobs.DataParallel;

/// <summary>
/// One more worker of a data-parallel training: the inside of the hidden verb that the first worker starts. It trains on its share of every
/// batch, writes nothing, and ends at once when the first worker is gone.
/// </summary>
public static class TrainingPeer
{
    public const string Verb = "train-peer";

    internal const string ReadyWord = "ready";
    internal const string GoWord = "go";

    static readonly TrainingHooks silent = new((_, _) => { }, new CheckpointPolicy(), _ => { });

    public static async Task Run(Lab lab, PeerOrder order, TextReader input, TextWriter output, CancellationToken cancel)
    {
        var study = RecordedStudies.Find(lab.Root, order.Study) ?? throw new BadInputException($"--study: the store has no study {order.Study}");
        var step = study.Plan.Steps.Find(step => step.Name.Hex == order.Step).IfNone(() => throw new BadInputException($"study {order.Study} has no step {order.Step}"));
        var context = new StepContext(lab, study.Plan, step, lab.Steps.Begin(order.Step, order.Attempt), study.BaseFolder, new Progress<StudyEvent>(), cancel);
        var training = StepTraining.Of(context);
        var start = training.Start(training.Saved(context));
        if (start.Step != order.From) throw new StepFailure($"this worker finds a checkpoint at step {start.Step}, the first worker began at {order.From}");
        var stream = training.Stream(start.Step, order.Rank, lab.Workers);
        await output.WriteLineAsync(ReadyWord);
        await output.FlushAsync(cancel);
        if (await input.ReadLineAsync(cancel) != GoWord) throw new OperationCanceledException("the first worker has left");
        new Thread(() => EndWith(input)) { IsBackground = true, Name = "first worker" }.Start();
        var device = ComputeDevice.OfWorker(lab, order.Rank);
        using var group = TensorEngine.Current.JoinGroup(PeerMeeting.At(order.Meeting), order.Rank, lab.Workers, device);
        var run = new TrainingRun(training.Model, training.Train, start, device, lab.Threads, Group: group);
        await Trainer.RunAsync(run, Labelled(stream, training), silent, cancel);
    }

    static async IAsyncEnumerable<Domain.Data.LatentBatch> Labelled(Dataflow.Streaming.BatchStream stream, StepTraining training)
    {
        await foreach (var batch in stream.Lent()) yield return training.Labelled(batch);
    }

    /// <summary>The first worker closes the pipe when it ends, however it ends; after a training's end this process is gone before.</summary>
    static void EndWith(TextReader input)
    {
        while (input.ReadLine() is not null)
        {
            // It says nothing more.
        }
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
