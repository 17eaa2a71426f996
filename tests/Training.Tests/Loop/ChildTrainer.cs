using System.Globalization;
using Flow.Torch;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Loop;

/// <summary>
/// A training in a process of its own, for tests that kill it or run several: keeps checkpoints and a log in a folder and goes on from
/// what is there. Arguments: FOLDER, and for a data-parallel worker also RANK SIZE MEETING-POINT.
/// </summary>
static class ChildTrainer
{
    public const int Steps = 60;

    /// <summary>Exit code 0 when the last step is done; 3 when another worker was lost, with the message on standard error.</summary>
    public static int Main(string[] arguments)
    {
        var folder = arguments[0];
        using var group = Join(arguments);
        var fresh = TinyRuns.Run(Steps, change: train => train with { Optim = train.Optim with { Lr = 5e-4 } }) with { Group = group };
        var run = CheckpointFolder.Latest(folder, damaged => throw new InvalidDataException(damaged)).Match(
            saved => fresh with { Start = new TrainingStart.Resume(TrainingCheckpoint.State(saved)) },
            () => fresh);
        var from = run.Start is TrainingStart.Resume resume ? resume.State.Step : 0;
        var hooks = new TrainingHooks(
            (state, _) => CheckpointFolder.Save(folder, TrainingCheckpoint.Of(state, "child", CPU), new Retention()),
            new CheckpointPolicy(3),
            row => File.AppendAllText(LogOf(folder, group.Rank), $"{Line(row)}\n"));
        try
        {
            return Trainer.Run(run, Share(TinyRuns.Batches(from: from), group), hooks, default) is TrainingOutcome.Finished ? 0 : 1;
        }
        catch (WorkerLostException lost)
        {
            Console.Error.WriteLine(lost.Message);
            return 3;
        }
    }

    /// <summary>The run that every child makes, undisturbed and alone, in this process.</summary>
    public static (TrainingState Final, string[] Log) Alone()
    {
        TrainingState? final = null;
        var log = new List<string>();
        var run = TinyRuns.Run(Steps, change: train => train with { Optim = train.Optim with { Lr = 5e-4 } });
        Trainer.Run(run, TinyRuns.Batches(), TinyRuns.Hooks((state, _) => final = TinyRuns.Copy(state), report: row => log.Add(Line(row))), default);
        return (final!, [.. log]);
    }

    public static string LogOf(string folder, int rank) => Path.Combine(folder, $"log.{rank}");

    static IProcessGroup Join(string[] arguments) => arguments is [_, var rank, var size, var meeting]
        ? TensorEngine.Current.JoinGroup(
            MeetingPoint.Parse(meeting), int.Parse(rank, CultureInfo.InvariantCulture), int.Parse(size, CultureInfo.InvariantCulture))
        : new SingleWorker();

    static IEnumerable<Flow.Domain.Data.LatentBatch> Share(IEnumerable<Flow.Domain.Data.LatentBatch> batches, IProcessGroup group) =>
        batches.Select(batch => BatchSlices.Slice(batch, group.Rank * batch.Count / group.Size, batch.Count / group.Size));

    /// <summary>What is logged of a step, to the last bit.</summary>
    static string Line(StepRow row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.Step} {row.Loss.Mse:R} {row.LearningRate:R} {row.GradNorm:R}");
}
