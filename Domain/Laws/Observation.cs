namespace Flow.Domain.Laws;

/// <summary>One measured point of a law.</summary>
/// <param name="X">Compute, parameters, tokens, steps: anything positive.</param>
/// <param name="Y">Loss or error: positive.</param>
/// <param name="Run">The training run it comes from; points of one run are resampled together, because their noise is shared.</param>
/// <param name="Weight">How much the point counts: 1/variance of log y where that is known, 1 otherwise.</param>
public readonly record struct Observation(double X, double Y, string Run, double Weight = 1);
