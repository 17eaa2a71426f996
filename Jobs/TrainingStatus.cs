namespace Flow.Jobs;

/// <summary>Where a running training is. Loss, rates and MFU are over its last steps, the rest is of the last one.</summary>
/// <param name="Step">Updates done, of <paramref name="Steps"/>.</param>
/// <param name="GradNorm">Before clipping.</param>
/// <param name="ImagesPerSecond">Over all workers; so are the tokens.</param>
/// <param name="Macs">Training MACs since step 0.</param>
/// <param name="Mfu">Share of the measured peak of this machine's matrix products.</param>
/// <param name="MemoryBytes">Resident now, of the first worker's process; Peak is the most it ever was.</param>
public sealed record TrainingStatus(
    long Step,
    long Steps,
    double Loss,
    double LearningRate,
    double GradNorm,
    double ImagesPerSecond,
    double TokensPerSecond,
    double Macs,
    double Mfu,
    long MemoryBytes,
    long PeakMemoryBytes,
    TimeSpan Eta);
