using Flow.Domain.Planning;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;
using LanguageExt;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>A training's state in the checkpoints of its step's directory.</summary>
public static class Checkpoints
{
    const string FolderName = "checkpoints";

    public static void Save(string directory, TrainingState state, Step step, Retention retention) =>
        CheckpointFolder.Save(Path.Combine(directory, FolderName), TrainingCheckpoint.Of(state, step.Name.Hex, CPU), retention);

    /// <summary>The newest checkpoint of a step's directory that is whole; damaged ones are told of and passed over.</summary>
    public static Option<TrainingState> Latest(string directory, Action<string> damaged) =>
        CheckpointFolder.Latest(Path.Combine(directory, FolderName), damaged).Map(TrainingCheckpoint.State);
}
