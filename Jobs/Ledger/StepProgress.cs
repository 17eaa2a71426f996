namespace Flow.Jobs.Ledger;

/// <summary>Where a running step stands.</summary>
public sealed record StepProgress(double? Fraction, string? Rate, double? EtaSeconds, string? Detail, long? OptimizerStep, double? Loss);
