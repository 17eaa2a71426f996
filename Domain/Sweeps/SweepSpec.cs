using Flow.Domain.Studies;
using LanguageExt;

namespace Flow.Domain.Sweeps;

/// <summary>Draws trials from the axes instead of running their whole product: one point of each axis, uniformly.</summary>
/// <param name="Trials">How many distinct trials.</param>
/// <param name="Seed">The same seed draws the same trials on every machine.</param>
public sealed record RandomSpec(int Trials, int Seed = 0);

/// <summary>
/// Successive halving: every trial trains to the first rung, the best 1/Keep of them to the next, and so on (Jamieson and Talwalkar,
/// "Non-stochastic Best Arm Identification", AISTATS 2016). A longer rung continues the shorter one's training.
/// </summary>
/// <param name="Rungs">Training steps, growing. The first should be a ninth of the last or more: earlier leaders mislead (facts/tiny.md section 7).</param>
/// <param name="Keep">One in so many goes on.</param>
/// <param name="Stage">Index of the training stage that the rungs are of.</param>
/// <param name="Metric">What is compared; smaller is better.</param>
public sealed record HalvingSpec(Seq<int> Rungs, int Keep = 3, int Stage = 0, Metric Metric = Metric.Loss);

/// <summary>A run's place in successive halving.</summary>
/// <param name="Trial">Label of the trial, equal at all rungs.</param>
/// <param name="Index">From 0, the shortest.</param>
public sealed record Rung(string Trial, int Index);
