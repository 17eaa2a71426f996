using System.Text.Json;
using Flow.Dataflow.Streaming;
using Flow.Domain.Planning;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;
using LanguageExt;
using static LanguageExt.Prelude;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>A training as its checkpoint kept it: all that decides how it goes on, and the samples that it had seen by then.</summary>
public sealed record SavedTraining(TrainingState State, EpochLedger Seen)
{
    /// <summary>Weights that no optimizer of ours has touched, for later stages to begin from.</summary>
    public static SavedTraining Of(Dictionary<string, Tensor> weights) => new(new TrainingState(0, weights, weights, new Dictionary<string, Tensor>(), new Dictionary<string, Tensor>()), EpochLedger.Empty);
}

/// <summary>A training's state in the checkpoints of its step's directory, with the ledger of its samples.</summary>
public static class Checkpoints
{
    const string FolderName = "checkpoints", LedgerNote = "ledger";

    public static void Save(string directory, SavedTraining training, Step step, Retention retention) => CheckpointFolder.Save(
        Path.Combine(directory, FolderName),
        TrainingCheckpoint.Of(training.State, step.Name.Hex, training.State.Weights.Values.First().device, new Dictionary<string, string> { [LedgerNote] = JsonSerializer.Serialize(training.Seen) }),
        retention);

    /// <summary>The newest checkpoint of a step's directory that is whole; damaged ones are told of and passed over.</summary>
    public static Option<TrainingState> Latest(string directory, Action<string> damaged) =>
        CheckpointFolder.Latest(Path.Combine(directory, FolderName), damaged).Map(TrainingCheckpoint.State);

    /// <summary>As <see cref="Latest"/>, to go on from; one without a ledger (of an earlier version) is told of, and there is none.</summary>
    public static Option<SavedTraining> Resumable(string directory, Action<string> damaged) =>
        CheckpointFolder.Latest(Path.Combine(directory, FolderName), damaged).Bind(saved =>
        {
            if (saved.Notes.TryGetValue(LedgerNote, out var text) && JsonSerializer.Deserialize<EpochLedger>(text) is { } seen)
                return Some(new SavedTraining(TrainingCheckpoint.State(saved), seen));
            damaged($"{directory}: the checkpoint at step {saved.Step} has no ledger of samples (an earlier version wrote it); the training begins anew");
            return None;
        });
}
