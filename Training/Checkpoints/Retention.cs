namespace Flow.Training.Checkpoints;

/// <summary>Which checkpoints of a run stay: the newest few to resume from, and some along the way to look back at.</summary>
/// <param name="KeepLast">How many of the newest stay; at least one, or a crash while saving could lose them all.</param>
/// <param name="KeepEvery">Steps that are multiples of this stay for ever; 0 for none.</param>
public sealed record Retention(int KeepLast = 2, long KeepEvery = 0)
{
    /// <summary>The steps whose checkpoints may be deleted, oldest first.</summary>
    public IReadOnlyList<long> Expired(IEnumerable<long> steps) =>
        [.. steps.Distinct().OrderDescending().Skip(Math.Max(KeepLast, 1)).Where(step => !IsMilestone(step)).Order()];

    bool IsMilestone(long step) => KeepEvery > 0 && step % KeepEvery == 0;
}
