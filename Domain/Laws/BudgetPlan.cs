using Flow.Domain.Compute;
using Flow.Domain.Models;
using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>A budget turned into a run.</summary>
/// <param name="Flops">The whole budget.</param>
/// <param name="Training">Cost of the training run in all units.</param>
/// <param name="Inference">Cost of the predictions.</param>
/// <param name="OptimalParams">N*(C) by the law.</param>
/// <param name="Model">The model that may be built and has the lowest expected loss.</param>
/// <param name="Params">Its parameters.</param>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="DatasetImages">Images of the data set: the one asked for, or the law's own.</param>
/// <param name="Epochs">Passes over the data set, when its size is known.</param>
/// <param name="Loss">Expected loss of that model with that training.</param>
/// <param name="Penalty">How much higher the loss is than the law's optimum, relative; NaN when the law does not know what a size off it costs.</param>
/// <param name="NeededRuns">Small budgets (FLOPs) that should still be trained before the plan is trusted.</param>
public sealed record BudgetPlan(
    double Flops,
    Cost Training,
    Cost Inference,
    Estimate OptimalParams,
    ModelSpec Model,
    double Params,
    long Steps,
    int Batch,
    Option<double> DatasetImages,
    Option<double> Epochs,
    Estimate Loss,
    double Penalty,
    Seq<double> NeededRuns,
    Seq<Finding> Warnings)
{
    /// <summary>Training's share of the budget; the rest pays for predictions.</summary>
    public double TrainShare => Training.Macs / (Training.Macs + Inference.Macs);
}
