using static TorchSharp.torch;

namespace Flow.Training.Loop;

/// <summary>All that decides how a run goes on: give it back, and the run continues as if it had never stopped.</summary>
/// <param name="Step">Updates done; also the position of the next batch.</param>
/// <param name="Weights">The model's state dict, fp32.</param>
/// <param name="Ema">The averaged weights under the same keys: what is evaluated.</param>
/// <param name="ExpAvg">AdamW's first moments, trainable parameters only.</param>
/// <param name="ExpAvgSq">AdamW's second moments, trainable parameters only.</param>
public sealed record TrainingState(
    long Step,
    IReadOnlyDictionary<string, Tensor> Weights,
    IReadOnlyDictionary<string, Tensor> Ema,
    IReadOnlyDictionary<string, Tensor> ExpAvg,
    IReadOnlyDictionary<string, Tensor> ExpAvgSq);

/// <summary>Why a checkpoint is written.</summary>
public enum CheckpointReason
{
    /// <summary>The policy says so.</summary>
    Periodic,

    /// <summary>The last step is done.</summary>
    Final,

    /// <summary>The run was cancelled and will be resumed.</summary>
    Cancelled,

    /// <summary>Another worker was lost: the state before the update that was not made, whole on the first worker.</summary>
    WorkerLost,

    /// <summary>The run blew up: the state before the update that was not made, to look at and not to resume from.</summary>
    Diverged,
}

/// <summary>When checkpoints are written besides the last; 0 switches a rule off.</summary>
/// <param name="Steps">After every multiple of this many updates.</param>
/// <param name="Interval">When this much time has passed since the last one.</param>
public sealed record CheckpointPolicy(long Steps = 0, TimeSpan Interval = default)
{
    public bool IsDue(long step, TimeSpan sinceLast) =>
        (Steps > 0 && step % Steps == 0) || (Interval > TimeSpan.Zero && sinceLast >= Interval);
}
