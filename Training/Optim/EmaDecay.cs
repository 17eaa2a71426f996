using Flow.Domain.Runs;

namespace Flow.Training.Optim;

/// <summary>How much of the averaged weights an update keeps.</summary>
public static class EmaDecay
{
    /// <summary>
    /// The decay of update <paramref name="step"/>, from 0. The ramp min(decay, (1 + k) / (10 + k)) forgets the initial weights quickly: with
    /// 0.9999 and no ramp they would still carry 90 % after 1000 steps.
    /// </summary>
    public static double At(OptimSpec optim, long step) =>
        optim.EmaRamp ? Math.Min(optim.EmaDecay, (1.0 + step) / (10.0 + step)) : optim.EmaDecay;
}
