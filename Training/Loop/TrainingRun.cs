using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Torch;
using LanguageExt;
using static TorchSharp.torch;

namespace Flow.Training.Loop;

/// <summary>One training to be done, on one device.</summary>
/// <param name="Start">Weights and state to begin with.</param>
/// <param name="Threads">CPU threads of one operation; part of what makes a resumed run bit-identical. 0 leaves the engine's.</param>
/// <param name="PeakFlops">The measured peak of all workers' devices, FLOP/s, for MFU.</param>
/// <param name="Group">
/// The data-parallel workers of the run; each is given its own share of every global batch, of equal size. None for one worker.
/// </param>
public sealed record TrainingRun(
    ModelSpec Model,
    TrainSpec Train,
    TrainingStart Start,
    Device Device,
    int Threads = 0,
    Option<double> PeakFlops = default,
    IProcessGroup? Group = null)
{
    /// <summary>Whether matrix products run in bfloat16: the spec wants it, and the device is fast at it.</summary>
    public bool Bfloat16 => Train.Precision == Precision.Bf16 && TensorEngine.Current.HasFastBfloat16(Device);
}

/// <summary>How a training begins.</summary>
public abstract record TrainingStart
{
    TrainingStart()
    {
    }

    /// <summary>Updates done at this beginning.</summary>
    public long Step => this is Resume resume ? resume.State.Step : 0;

    /// <summary>Fresh weights, a function of the run's seed.</summary>
    public sealed record Fresh : TrainingStart;

    /// <summary>Weights of another training or of a published checkpoint; the optimizer starts anew and the average as a copy.</summary>
    public sealed record From(IReadOnlyDictionary<string, Tensor> Weights) : TrainingStart;

    /// <summary>Goes on where this run stopped, bit for bit.</summary>
    public sealed record Resume(TrainingState State) : TrainingStart;
}

/// <summary>What the training tells its surroundings, on the training thread.</summary>
/// <param name="Checkpoint">Called on the first worker only. Must have stored the state when it returns; its tensors are views of memory that the next step overwrites.</param>
/// <param name="Policy">When it is called besides the end.</param>
/// <param name="Report">Called after every update.</param>
public sealed record TrainingHooks(Action<TrainingState, CheckpointReason> Checkpoint, CheckpointPolicy Policy, Action<StepRow> Report);

/// <summary>How a training ended. Each kind has left a checkpoint.</summary>
public abstract record TrainingOutcome
{
    TrainingOutcome()
    {
    }

    public sealed record Finished(long Step) : TrainingOutcome;

    public sealed record Cancelled(long Step) : TrainingOutcome;

    /// <summary>The loss or a gradient was not finite, or the loss left all bounds; the update was not made.</summary>
    /// <param name="Step">The update that was not made, from 1.</param>
    /// <param name="SampleIds">The samples of its batch.</param>
    public sealed record Diverged(long Step, long[] SampleIds, LossParts Loss, double GradNorm) : TrainingOutcome
    {
        public override string ToString() =>
            $"training diverged at step {Step}: loss {Loss.Total}, gradient norm {GradNorm}, on samples {string.Join(' ', SampleIds)}; "
            + "the checkpoint holds the weights before it. Lower the learning rate, clip gradients or look at these samples";
    }
}
