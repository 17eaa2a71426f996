namespace Flow.Storage.Results;

/// <summary>One point of a training curve.</summary>
/// <param name="Step">Name of the training step (a content hash).</param>
/// <param name="Attempt">Fencing number of the attempt.</param>
/// <param name="OptimizerStep">The optimizer step after which it was measured, from 1.</param>
/// <param name="Images">Images seen up to here.</param>
public sealed record CurveRow(
    string Study, string Run, string Step, long Attempt, long OptimizerStep, string Metric, double Value, long Images, DateTimeOffset Time);
