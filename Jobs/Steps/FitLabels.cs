using Flow.Domain.Studies;

namespace Flow.Jobs.Steps;

/// <summary>The axes of a law as figures and reports name them, with units.</summary>
public static class FitLabels
{
    public static string X(FitSpec spec) => spec.X switch
    {
        FitAxis.TrainMacs => "training compute of the last stage, MACs",
        FitAxis.TotalTrainMacs => "training compute, MACs",
        FitAxis.PretrainMacs => "pretraining compute, MACs",
        FitAxis.Params => "parameters",
        FitAxis.ParamsActive => "active parameters",
        FitAxis.Images => "images seen",
        FitAxis.Tokens => "tokens seen",
        FitAxis.SamplerSteps => "denoising steps",
        FitAxis.Ensemble => "ensemble members",
        FitAxis.InferenceMacs => "compute of one prediction, MACs",
        _ => spec.X.ToString(),
    };

    public static string Y(FitSpec spec) => spec.Y switch
    {
        Metric.Loss => spec.Task.Match(task => $"held-out {task.ToString().ToLowerInvariant()} diffusion loss", () => "held-out diffusion loss"),
        Metric.Absrel => "AbsRel",
        Metric.Delta1Error => "1 - delta1",
        Metric.Epe => "EPE, px",
        Metric.IouError => "1 - IoU",
        _ => spec.Y.ToString(),
    };
}
