using Flow.Domain.Diffusion;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Runs;

/// <summary>Training recipes by name: the papers' (facts/models.md sections 2 and 4), and those measured on CPUs (facts/tiny.md).</summary>
public static class Recipes
{
    public static readonly Seq<(string Name, TrainSpec Spec)> All = Seq(
        // 400K iterations of 256, lr 1e-4 fixed, learned variance, EMA 0.9999: the papers' pretraining, which is DiT's.
        ("dit", new TrainSpec(400_000, 256, new DiffusionSpec(), new OptimSpec())),
        // 30K steps, 3e-5 to 3e-7 by exponential decay, MSE on eps: depth at the scaling study's size.
        ("paper-depth", new TrainSpec(30_000, 32, Mse(PredictionTarget.Eps), Decay(3e-5))),
        // The best models: 1.2e-4 to 1.2e-6.
        ("paper-best-depth", new TrainSpec(30_000, 1024, Mse(PredictionTarget.Eps), Decay(1.2e-4))),
        ("paper-best-flow", new TrainSpec(4_000, 1024, Mse(PredictionTarget.Eps), Decay(1.2e-4), Flip: false)),
        ("paper-best-amodal", new TrainSpec(6_000, 4096, Mse(PredictionTarget.Eps), Decay(1.2e-4))),
        ("paper-generalist", new TrainSpec(10_000, 1024, Mse(PredictionTarget.Eps), Decay(1.2e-4), Flip: false)),
        // Scaling Laws for Diffusion Transformers: rectified flow, batch 1024, lr 1e-4 at every size.
        ("rectified-flow", new TrainSpec(1, 1024, Mse(PredictionTarget.RectifiedFlow), new OptimSpec())),
        // eps predicts well and costs nothing in pretraining; depth needs x_0 or v (facts/tiny.md section 3). After 1500 steps of D64 L3 the mean
        // map's one-step AbsRel is beaten by 36 % with x_0 and 26 % with v (docs/training.md). Constant rates: short runs lose by decay.
        ("tiny-pretrain", new TrainSpec(600, 32, Mse(PredictionTarget.Eps), Short(4e-3))),
        ("tiny-perception", new TrainSpec(2000, 32, Mse(PredictionTarget.X0), Short(3e-3))),
        ("tiny-isoflop", new TrainSpec(1, 16, Mse(PredictionTarget.Eps), Short(4e-3) with { EmaDecay = 0.998 })),
        // Read all along its curve: the ramp alone sets the average's length, a ninth of the steps so far at every length; a shorter memory of squared
        // gradients and a clip keep a constant rate from blowing up after 10,000 steps (docs/laws.md).
        ("tiny-curve", new TrainSpec(1, 16, Mse(PredictionTarget.Eps), Short(4e-3) with { Beta2 = 0.99, ClipNorm = 0.5, EmaDecay = 0.9999 })));

    static DiffusionSpec Mse(PredictionTarget target) => new(Target: target, Loss: LossKind.Mse);

    static OptimSpec Decay(double lr) => new(lr, LrSchedule.ExponentialDecay, FinalLr: lr / 100);

    static OptimSpec Short(double lr) => new(lr, EmaDecay: 0.995, EmaRamp: true);
}
