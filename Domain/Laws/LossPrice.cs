using System.Text.Json.Nodes;
using Flow.Domain.Compute;
using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>What a loss costs: the budget at which the law reaches it, and the run that such a budget buys.</summary>
/// <param name="Flops">The budget, with the interval over which the law's own interval reaches the loss.</param>
/// <param name="Plan">The run at the budget itself.</param>
public sealed record LossPrice(double Loss, Estimate Flops, Placement Place, BudgetPlan Plan)
{
    /// <summary>The request's hours do not matter: they follow from the loss.</summary>
    public static Either<Refusal, LossPrice> Of(PlanRequest request, double loss) =>
        from flops in Planner.FlopsFor(request.Law, loss)
        from plan in Planner.Plan(request with { Hours = request.Hours * flops.Value / request.Flops })
        select new LossPrice(loss, flops, request.Place, plan);

    Estimate GpuHours => new(Hours(Flops.Value), Hours(Flops.Low), Hours(Flops.High));

    double Hours(double flops) => flops / (Place.Device.PeakTflops * 1e12 * Place.Mfu) / 3600;

    public JsonObject Json() => new()
    {
        ["loss"] = Loss,
        ["flops"] = FitReport.Json(Flops),
        ["gpu_hours"] = FitReport.Json(GpuHours),
        ["plan"] = PlanReport.Json(Plan),
    };

    public string Text() => $"a loss of {Loss:G5} costs {Flops} FLOPs, {GpuHours} GPU-hours\n{PlanReport.Text(Plan)}";
}
