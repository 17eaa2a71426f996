using Flow.Domain.Planning;
using Flow.Torch;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;
using LanguageExt;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>A training's state in the checkpoints of its step's directory.</summary>
public static class Checkpoints
{
    const string FolderName = "checkpoints";
    const string First = "exp_avg.";
    const string Second = "exp_avg_sq.";

    public static void Save(string directory, TrainingState state, Step step, Retention retention)
    {
        var optimizer = state.ExpAvg.Select(moment => (First + moment.Key, moment.Value))
            .Concat(state.ExpAvgSq.Select(moment => (Second + moment.Key, moment.Value)))
            .ToDictionary(moment => moment.Item1, moment => moment.Value);
        var info = TensorEngine.Current.Info;
        CheckpointFolder.Save(
            Path.Combine(directory, FolderName),
            new CheckpointState(state.Step, step.Name.Hex, $"{info.Engine} {info.LibTorch} {info.Blas}", "cpu", state.Weights, state.Ema, optimizer, new Dictionary<string, string>()),
            retention);
    }

    /// <summary>The newest checkpoint of a step's directory that is whole; damaged ones are told of and passed over.</summary>
    public static Option<TrainingState> Latest(string directory, Action<string> damaged) =>
        CheckpointFolder.Latest(Path.Combine(directory, FolderName), damaged).Map(saved => new TrainingState(
            saved.Step, saved.Model, saved.Ema, Under(saved.Optimizer, First), Under(saved.Optimizer, Second)));

    static Dictionary<string, Tensor> Under(IReadOnlyDictionary<string, Tensor> optimizer, string prefix) => optimizer
        .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);
}
