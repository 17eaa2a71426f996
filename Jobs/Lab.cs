using Flow.Storage.Results;
using Flow.Storage.Steps;

namespace Flow.Jobs;

/// <summary>A store on disk and the machine that works on it.</summary>
/// <param name="Root">Absolute path of the store.</param>
/// <param name="Parallel">Steps that run at once; each trains with <see cref="Threads"/> threads.</param>
public sealed record Lab(string Root, int Parallel)
{
    public StepStore Steps { get; } = new(Root);

    public ResultStore Results { get; } = new(Root);

    /// <summary>
    /// Threads of one training step. Small models gain more from two steps side by side than from two threads in one; the number is part
    /// of what makes a resumed run bit-identical, so it depends on the machine and on <see cref="Parallel"/> alone.
    /// </summary>
    public int Threads => Math.Max(1, Environment.ProcessorCount / Parallel);

    /// <summary>How much work a killed training loses at most: FLOW_CHECKPOINT_SECONDS, or a minute.</summary>
    public TimeSpan CheckpointEvery { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("FLOW_CHECKPOINT_SECONDS"), out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(1);
}
