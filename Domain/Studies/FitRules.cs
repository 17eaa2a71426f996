using Flow.Domain.Diffusion;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Studies;

/// <summary>What a law needs of a study's stages: something that measures its metric, on the axis and by the samplers that it names.</summary>
static class FitRules
{
    public static IEnumerable<SpecError> Mistakes(FitSpec fit, Seq<StageSpec> stages, string path)
    {
        var measuring = stages.Filter(stage => Measures(stage, fit)).Strict();
        if (measuring.IsEmpty)
            return [new SpecError(
                path, $"{Kebab(fit.Y)}{fit.Task.Map(task => $" of {Kebab(task)}").IfNone("")}",
                "measured by no stage; a metric of a task needs \"task\" and a stage that evaluates it")];
        var samplers = measuring.OfType<StageSpec.Evaluate>().SelectMany(stage => stage.Samplers.IsEmpty ? Seq1(new SamplerSpec()) : stage.Samplers).ToSeq().Strict();
        return
        [
            .. Rules.Require(
                fit.X is not (FitAxis.SamplerSteps or FitAxis.Ensemble or FitAxis.InferenceMacs) || !samplers.IsEmpty,
                $"{path}.x", Kebab(fit.X), $"an axis of sampling, and {Kebab(fit.Y)} is measured without any"),
            .. fit.SamplerSteps.AsEnumerable().SelectMany(steps => Known($"{path}.samplerSteps", steps, samplers.Map(sampler => sampler.Steps))),
            .. fit.Ensemble.AsEnumerable().SelectMany(members => Known($"{path}.ensemble", members, samplers.Map(sampler => sampler.Ensemble))),
            .. fit.Nearest.AsEnumerable().SelectMany(nearest => Rules.AtLeast($"{path}.nearest", nearest, 3)),
            .. fit.Within.AsEnumerable().SelectMany(within => Rules.Positive($"{path}.within", within)),
        ];
    }

    static IEnumerable<SpecError> Known(string path, int given, Seq<int> there) => Rules.Require(
        there.Exists(known => known == given), path, given,
        there.IsEmpty ? "of a sampler, and the metric is measured without any" : $"of no sampler that measures it; there are {string.Join(", ", there.Distinct().OrderBy(known => known))}");

    public static bool Measures(StageSpec stage, FitSpec fit) => stage switch
    {
        StageSpec.Pretrain => fit.IsOfTraining(None),
        StageSpec.FineTune f => f.Tasks.Exists(share => fit.IsOfTraining(share.Task)),
        StageSpec.HeldOutLoss h => fit.IsOfHeldOutLoss(h.Task),
        StageSpec.Evaluate e => fit.IsOfEvaluation(e.Task),
        _ => false,
    };

    /// <summary>Whether a stage measures a metric, of whichever task.</summary>
    public static bool Measures(StageSpec stage, Metric metric) =>
        Enum.GetValues<PerceptionTask>().Select(Some).Prepend(None).Any(task => Measures(stage, new FitSpec(metric, FitAxis.TrainMacs, Task: task)));

    static string Kebab<T>(T choice) where T : struct, Enum => Spelling.Kebab(choice.ToString());
}
