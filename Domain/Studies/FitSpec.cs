using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Studies;

/// <summary>A measured quantity of the result rows; each goes down to a floor as compute grows, as a law needs.</summary>
public enum Metric
{
    /// <summary>The diffusion loss on held-out data.</summary>
    Loss,

    /// <summary>The diffusion loss on the training data, averaged over the last steps.</summary>
    TrainLoss,

    /// <summary>Mean |predicted - true| / true depth after alignment.</summary>
    Absrel,

    /// <summary>1 - delta1, the share of pixels off by more than 25 %.</summary>
    Delta1Error,

    /// <summary>End-point error of optical flow in pixels.</summary>
    Epe,

    /// <summary>1 - IoU of amodal masks.</summary>
    IouError,
}

/// <summary>What a law is fitted against.</summary>
public enum FitAxis
{
    /// <summary>Training MACs of the last training stage.</summary>
    TrainMacs,

    /// <summary>Training MACs of all stages up to the measurement.</summary>
    TotalTrainMacs,

    /// <summary>Training MACs of pretraining alone.</summary>
    PretrainMacs,
    Params,
    ParamsActive,
    Images,
    Tokens,
    SamplerSteps,
    Ensemble,

    /// <summary>MACs of one prediction: forward MACs x sampler steps x ensemble.</summary>
    InferenceMacs,
}

/// <summary>The shape of a law.</summary>
public enum LawForm
{
    /// <summary>y = a x^-b.</summary>
    Power,

    /// <summary>y = E + a x^-b.</summary>
    PowerFloor,

    /// <summary>A parabola in log parameters at each budget, and power laws through the optima.</summary>
    Isoflop,

    /// <summary>L = E + A/N^alpha + B/D^beta.</summary>
    Parametric,

    /// <summary>Power laws through the lowest loss that any training curve reaches at each compute.</summary>
    Envelope,

    /// <summary>y = a + b x^-c0 (1 + (x/d)^(1/f))^(-c1 f): whether one power law is enough.</summary>
    Broken,
}

/// <summary>A law to fit over a study's rows.</summary>
/// <param name="Y">The metric.</param>
/// <param name="X">Against what.</param>
/// <param name="PerModel">One law for each model instead of one over all.</param>
/// <param name="Task">Which task's rows; none for the loss of the generator.</param>
/// <param name="SamplerSteps">Only rows of samplers with so many steps.</param>
/// <param name="Ensemble">Only rows of ensembles of so many.</param>
/// <param name="Expected">The published exponent, if there is one: reported beside ours.</param>
/// <param name="Within">How far from it ours may lie.</param>
/// <param name="Nearest">How many sizes around the lowest one enter an isoFLOP parabola; all of them by default.</param>
public sealed record FitSpec(
    Metric Y,
    FitAxis X,
    LawForm Form = LawForm.Power,
    bool PerModel = false,
    Option<PerceptionTask> Task = default,
    Option<int> SamplerSteps = default,
    Option<int> Ensemble = default,
    [Unhashed] Option<double> Expected = default,
    [Unhashed] Option<double> Within = default,
    Option<int> Nearest = default)
{
    /// <summary>Whether it reads the training loss of pretraining (no task) or of fine-tuning on a task.</summary>
    public bool IsOfTraining(Option<PerceptionTask> task) => Y == Metric.TrainLoss && Task == task;

    public bool IsOfHeldOutLoss(Option<PerceptionTask> task) => Y == Metric.Loss && Task == task;

    public bool IsOfEvaluation(PerceptionTask task) => Task == task && (Y, task) is
        (Metric.Absrel or Metric.Delta1Error, PerceptionTask.Depth)
        or (Metric.Epe, PerceptionTask.Flow)
        or (Metric.IouError, PerceptionTask.Amodal);
}
