using Flow.Domain.Runs;

namespace Flow.Training.Optim;

/// <summary>The learning rate as a pure function of the optimizer step.</summary>
public static class LearningRate
{
    /// <summary>
    /// Step 0 is the first of <paramref name="steps"/>. A warm-up rises linearly and so starts at 0; the exponential decay then runs from
    /// Lr to FinalLr over the steps that are left and stays there (Marigold's IterExponential).
    /// </summary>
    public static double At(OptimSpec optim, long step, long steps)
    {
        if (step < optim.WarmupSteps) return optim.Lr * step / optim.WarmupSteps;
        if (optim.Schedule == LrSchedule.Constant) return optim.Lr;
        if (step >= steps) return optim.FinalLr;
        var progress = (step - optim.WarmupSteps) / (double)(steps - optim.WarmupSteps);
        return optim.Lr * Math.Exp(progress * Math.Log(optim.FinalLr / optim.Lr));
    }
}
