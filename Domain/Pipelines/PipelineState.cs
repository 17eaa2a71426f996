using LanguageExt;

namespace Flow.Domain.Pipelines;

/// <summary>One block of a data graph, at a moment.</summary>
/// <param name="Unit">What <paramref name="Done"/> counts: row groups, batches, samples.</param>
/// <param name="Waiting">Items before it.</param>
/// <param name="Ready">Items that it has finished and the next block has not taken.</param>
/// <param name="Capacity">Items that it may hold altogether.</param>
/// <param name="Parallelism">Items in work at once, at most.</param>
/// <param name="Done">Items that passed it.</param>
/// <param name="BusySeconds">Time in work, summed over the items.</param>
public sealed record BlockState(string Name, string Unit, int Waiting, int Ready, int Capacity, int Parallelism, long Done, double BusySeconds)
{
    /// <summary>Share of its workers' time that it worked, 0 to 1, in so many seconds.</summary>
    public double Utilisation(double seconds) => seconds > 0 ? Math.Min(1, BusySeconds / (seconds * Parallelism)) : 0;
}

/// <summary>A data graph over a stretch of time: what its blocks hold at the end of it, and what they did in it.</summary>
/// <param name="Seconds">Length of the stretch.</param>
/// <param name="WaitedSeconds">How long the trainer waited for a batch; None where nothing is trained.</param>
/// <param name="Samples">Samples that left the graph.</param>
/// <param name="Faults">Samples that could not be used.</param>
public sealed record PipelineState(double Seconds, Option<double> WaitedSeconds, long Samples, long Faults, Seq<BlockState> Blocks)
{
    /// <summary>Share of the time that the trainer waited, 0 to 1.</summary>
    public Option<double> WaitShare => WaitedSeconds.Map(waited => Seconds > 0 ? Math.Min(1, waited / Seconds) : 0);

    public double SamplesPerSecond => Seconds > 0 ? Samples / Seconds : 0;

    /// <summary>What happened after an earlier state of the same graph.</summary>
    public PipelineState Since(PipelineState earlier) => new(
        Seconds - earlier.Seconds,
        from now in WaitedSeconds from then in earlier.WaitedSeconds select now - then,
        Samples - earlier.Samples,
        Faults - earlier.Faults,
        Blocks.Map((i, block) => block with
        {
            Done = block.Done - earlier.Blocks[i].Done,
            BusySeconds = block.BusySeconds - earlier.Blocks[i].BusySeconds,
        }).ToSeq().Strict());
}
