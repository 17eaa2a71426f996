using Flow.Domain.Diffusion;
using LanguageExt;

namespace Flow.Domain.Runs;

/// <summary>How the learning rate moves with the optimizer step.</summary>
public enum LrSchedule
{
    Constant,

    /// <summary>exp(progress x ln(final/initial)) after the warm-up (Marigold's IterExponential).</summary>
    ExponentialDecay,
}

/// <summary>AdamW and its learning-rate schedule.</summary>
/// <param name="Lr">Peak learning rate per step.</param>
/// <param name="FinalLr">Learning rate at the last step under <see cref="LrSchedule.ExponentialDecay"/>; ignored when constant.</param>
/// <param name="WarmupSteps">Linear from 0 to <paramref name="Lr"/>.</param>
/// <param name="ClipNorm">Global gradient norm above which gradients are scaled down; none by default, as in DiT.</param>
/// <param name="EmaDecay">Decay of the exponential moving average of the weights, 0.9999 in DiT.</param>
/// <param name="EmaRamp">min(decay, (1+k)/(10+k)) at step k: needed in short runs (facts/tiny.md); the papers do not ramp.</param>
public sealed record OptimSpec(
    double Lr = 1e-4,
    LrSchedule Schedule = LrSchedule.Constant,
    double FinalLr = 0,
    int WarmupSteps = 0,
    double WeightDecay = 0,
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double Epsilon = 1e-8,
    Option<double> ClipNorm = default,
    double EmaDecay = 0.9999,
    bool EmaRamp = false);

/// <summary>What the matrix products of a training are computed in. Weights, their average and the optimizer stay in fp32.</summary>
public enum Precision
{
    Fp32,

    /// <summary>bfloat16 by autocast, where the device is fast at it; fp32 elsewhere.</summary>
    Bf16,
}

/// <summary>One training run: how long, on how many samples a step, with which objective and optimizer.</summary>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="Batch">Samples per optimizer step over all workers.</param>
/// <param name="MicroBatch">Samples per forward pass; none means the whole batch at once. Must divide <paramref name="Batch"/>.</param>
/// <param name="Flip">Horizontal flip with probability 1/2.</param>
public sealed record TrainSpec(
    int Steps,
    int Batch,
    DiffusionSpec Diffusion,
    OptimSpec Optim,
    bool Flip = true,
    Option<int> MicroBatch = default,
    int Seed = 0,
    Precision Precision = Precision.Fp32);
