using Flow.Domain.Diffusion;
using Flow.Domain.Text;

namespace Flow.Domain.Runs;

/// <summary>What a sampler may ask of a model.</summary>
public static class SamplerRules
{
    /// <summary>Every mistake of a sampler, with paths under <paramref name="path"/>.</summary>
    /// <param name="task">What is predicted.</param>
    /// <param name="diffusion">What the model was trained with.</param>
    public static IEnumerable<SpecError> Mistakes(SamplerSpec sampler, PerceptionTask task, DiffusionSpec diffusion, string path) =>
    [
        .. Rules.Within($"{path}.steps", sampler.Steps, 1, diffusion.Timesteps),
        .. Rules.AtLeast($"{path}.ensemble", sampler.Ensemble, 1),
        .. Rules.Within($"{path}.eta", sampler.Eta, 0, 1),
        .. Rules.NotNegative($"{path}.guidance", sampler.Guidance),
        .. Rules.Require(
            diffusion.Target == PredictionTarget.RectifiedFlow || sampler.Sampler is SamplerKind.Ddim or SamplerKind.Ddpm,
            $"{path}.sampler", Spelling.Kebab($"{sampler.Sampler}"), $"for rectified flows only, and the model predicts {Spelling.Kebab($"{diffusion.Target}")}; use ddim or ddpm"),
        .. Rules.Require(
            diffusion.Target != PredictionTarget.RectifiedFlow || sampler.Sampler != SamplerKind.Ddpm,
            $"{path}.sampler", Spelling.Kebab($"{sampler.Sampler}"), "not for a rectified flow, which has no variance to draw from; use euler or heun"),
        .. sampler.ClipX0.AsEnumerable().SelectMany(bound => Rules.Positive($"{path}.clipX0", bound)),
        .. Rules.Require(
            task == PerceptionTask.Depth || sampler.Reduction is not (EnsembleReduction.AlignedMedian or EnsembleReduction.PublishedAlignedMedian),
            $"{path}.reduction", Spelling.Kebab($"{sampler.Reduction}"), "for depth only, which is known up to a scale and a shift; use mean or median"),
        .. Rules.Require(
            sampler.Schedule.IsNone || diffusion.Target != PredictionTarget.RectifiedFlow,
            $"{path}.schedule", sampler.Schedule.Map(schedule => Spelling.Kebab($"{schedule}")).IfNone(""), "not for a rectified flow, which has no noise schedule"),
    ];
}
