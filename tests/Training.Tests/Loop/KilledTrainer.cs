using System.Globalization;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Loop;

/// <summary>The child process of the kill test: trains, keeps checkpoints and logs, and goes on where the last child died.</summary>
static class KilledTrainer
{
    public const int Steps = 60;

    /// <summary>dotnet Flow.Training.Tests.dll FOLDER; exit code 0 when the last step is done.</summary>
    public static int Main(string[] arguments)
    {
        var folder = arguments[0];
        var run = CheckpointFolder.Latest(folder, damaged => throw new InvalidDataException(damaged)).Match(
            saved => TinyRuns.Run(Steps) with { Start = new TrainingStart.Resume(TrainingCheckpoint.State(saved)) },
            () => TinyRuns.Run(Steps));
        var from = run.Start is TrainingStart.Resume resume ? resume.State.Step : 0;
        var hooks = new TrainingHooks(
            (state, _) => CheckpointFolder.Save(folder, TrainingCheckpoint.Of(state, "kill test", CPU), new Retention()),
            new CheckpointPolicy(3),
            row => File.AppendAllText(Path.Combine(folder, "log"), $"{Line(row)}\n"));
        return Trainer.Run(run, TinyRuns.Batches(from: from), hooks, default) is TrainingOutcome.Finished ? 0 : 1;
    }

    /// <summary>What is logged of a step, to the last bit.</summary>
    public static string Line(StepRow row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.Step} {row.Loss.Mse:R} {row.LearningRate:R} {row.GradNorm:R}");
}
