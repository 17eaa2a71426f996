using Flow.Torch;
using Flow.Training.Checkpoints;
using static TorchSharp.torch;

namespace Flow.Training.Loop;

/// <summary>A training's state as the files of a checkpoint: the optimizer's tensors are exp_avg.KEY and exp_avg_sq.KEY.</summary>
public static class TrainingCheckpoint
{
    const string First = "exp_avg.", Second = "exp_avg_sq.";

    /// <param name="specHash">What the run is, for people who find the directory.</param>
    /// <param name="notes">What else belongs to this moment of the run, for its own use.</param>
    public static CheckpointState Of(TrainingState state, string specHash, Device device, IReadOnlyDictionary<string, string>? notes = null)
    {
        var info = TensorEngine.Current.Info;
        return new CheckpointState(
            state.Step, specHash, $"{info.Engine} {info.LibTorch} {info.Blas}", device.ToString(), state.Weights, state.Ema,
            new Dictionary<string, Tensor>([.. Prefixed(First, state.ExpAvg), .. Prefixed(Second, state.ExpAvgSq)]), notes ?? new Dictionary<string, string>());
    }

    public static TrainingState State(CheckpointState saved) =>
        new(saved.Step, saved.Model, saved.Ema, Under(First, saved.Optimizer), Under(Second, saved.Optimizer));

    static IEnumerable<KeyValuePair<string, Tensor>> Prefixed(string prefix, IReadOnlyDictionary<string, Tensor> tensors) =>
        tensors.Select(t => KeyValuePair.Create(prefix + t.Key, t.Value));

    static Dictionary<string, Tensor> Under(string prefix, IReadOnlyDictionary<string, Tensor> tensors) => tensors
        .Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
}
