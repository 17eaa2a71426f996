using Flow.Domain.Diffusion;
using Flow.Domain.Text;

namespace Flow.Domain.Runs;

/// <summary>What holds for every training stage, objective and sampler.</summary>
static class TrainRules
{
    public static IEnumerable<SpecError> Mistakes(TrainSpec train, string path) =>
    [
        .. Rules.Positive($"{path}.steps", train.Steps),
        .. Rules.Positive($"{path}.batch", train.Batch),
        .. train.MicroBatch.AsEnumerable().SelectMany(micro => Rules.Positive($"{path}.microBatch", micro)),
        .. train.MicroBatch.AsEnumerable().SelectMany(micro => Rules.Require(
            micro <= 0 || train.Batch % micro == 0, $"{path}.microBatch", micro, $"not a divisor of batch {train.Batch}")),
        .. Mistakes(train.Diffusion, $"{path}.diffusion"),
        .. Mistakes(train.Optim, $"{path}.optim"),
        .. Rules.NotNegative($"{path}.optim.warmupSteps", train.Optim.WarmupSteps),
    ];

    public static IEnumerable<SpecError> Mistakes(DiffusionSpec diffusion, string path) =>
    [
        .. Rules.AtLeast($"{path}.timesteps", diffusion.Timesteps, 2),
        .. Rules.Require(
            diffusion.Loss == LossKind.Mse || diffusion.Target != PredictionTarget.RectifiedFlow,
            $"{path}.loss", Spelling.Kebab($"{diffusion.Loss}"), "not defined for rectified-flow, which has no variance; use mse"),
    ];

    static IEnumerable<SpecError> Mistakes(OptimSpec optim, string path) =>
    [
        .. Rules.Positive($"{path}.lr", optim.Lr),
        .. Rules.Require(
            optim.Schedule != LrSchedule.ExponentialDecay || optim.FinalLr > 0,
            $"{path}.finalLr", optim.FinalLr, "not positive, which exponential decay needs"),
        .. Rules.NotNegative($"{path}.finalLr", optim.FinalLr),
        .. Rules.NotNegative($"{path}.weightDecay", optim.WeightDecay),
        .. Rules.Below($"{path}.beta1", optim.Beta1, 0, 1),
        .. Rules.Below($"{path}.beta2", optim.Beta2, 0, 1),
        .. Rules.Positive($"{path}.epsilon", optim.Epsilon),
        .. optim.ClipNorm.AsEnumerable().SelectMany(norm => Rules.Positive($"{path}.clipNorm", norm)),
        .. Rules.Below($"{path}.emaDecay", optim.EmaDecay, 0, 1),
    ];
}
