using Flow.Storage.Results;
using Flow.Storage.Steps;

namespace Flow.Jobs;

/// <summary>A store on disk and the machine that works on it.</summary>
/// <param name="Root">Absolute path of the store.</param>
/// <param name="Parallel">Steps that run at once.</param>
/// <param name="Workers">Data-parallel processes of each training; each works with <see cref="Threads"/> threads.</param>
/// <param name="KeepEvery">Checkpoints of trainings at multiples of so many steps stay; 0 for none but the newest two.</param>
/// <param name="Device">What networks are trained and run on, see <see cref="ComputeDevice"/>; all else computes on the CPU.</param>
public sealed record Lab(string Root, int Parallel, int Workers = 1, int KeepEvery = 0, string Device = ComputeDevice.Cpu)
{
    public StepStore Steps { get; } = new(Root);

    public ResultStore Results { get; } = new(Root);

    /// <summary>
    /// Threads of one worker of a training step. Small models gain more from two steps side by side than from two threads in one; the number is part
    /// of what makes a resumed run bit-identical, so it depends on the machine, on <see cref="Parallel"/> and on <see cref="Workers"/> alone.
    /// </summary>
    public int Threads => Math.Max(1, Environment.ProcessorCount / (Parallel * Workers));

    /// <summary>How much work a killed training loses at most: FLOW_CHECKPOINT_SECONDS, or a minute.</summary>
    public TimeSpan CheckpointEvery { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("FLOW_CHECKPOINT_SECONDS"), out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(1);
}
