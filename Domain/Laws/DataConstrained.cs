namespace Flow.Domain.Laws;

/// <summary>What repeated data are worth: Muennighoff et al. (2023), Scaling Data-Constrained Language Models, equation 5.</summary>
public static class DataConstrained
{
    /// <summary>R*_D, the number of repetitions after which a repetition is worth 1/e of fresh data.</summary>
    public const double RepetitionScale = 15.387756;

    /// <summary>U + U R* (1 - exp(-R/R*)) in units of U, with R = epochs - 1 repetitions.</summary>
    public static double EffectiveEpochs(double epochs) =>
        epochs <= 1 ? epochs : 1 + RepetitionScale * (1 - Math.Exp(-(epochs - 1) / RepetitionScale));
}
