using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>The models of one compute budget, and the size that is best for it.</summary>
/// <param name="Flops">The budget C.</param>
/// <param name="Points">All points, by size.</param>
/// <param name="Size">N* or D*, whichever axis the profile was fitted over.</param>
/// <param name="Loss">The lowest loss.</param>
/// <param name="Curvature">Half the second derivative of the loss in log size; what a factor k off the optimum costs is Curvature x (ln k)^2.</param>
/// <param name="Usable">Whether there is an optimum inside the range of sizes.</param>
/// <param name="Findings">What the quality checks say.</param>
public sealed record IsoFlopProfile(
    double Flops,
    Seq<TrainingPoint> Points,
    Estimate Size,
    Estimate Loss,
    double Curvature,
    bool Usable,
    Seq<Finding> Findings)
{
    /// <summary>The fitted curve of the loss over size, for plots.</summary>
    public Func<double, double> Curve { get; init; } = _ => double.NaN;
}
