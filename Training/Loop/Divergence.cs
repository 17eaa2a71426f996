namespace Flow.Training.Loop;

/// <summary>When a training is beyond repair.</summary>
public static class Divergence
{
    /// <summary>
    /// Targets have unit variance, so a network that predicts zero has an MSE near 1; one hundred times that is no bad batch any more.
    /// </summary>
    const double Bound = 100;

    public static bool Is(LossParts loss, double gradNorm) =>
        !double.IsFinite(loss.Total) || !double.IsFinite(gradNorm) || loss.Mse > Bound;
}
