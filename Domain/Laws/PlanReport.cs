using System.Text.Json.Nodes;
using Flow.Domain.Compute;

namespace Flow.Domain.Laws;

/// <summary>A plan as scripts and people read it: compute, images and hours always side by side.</summary>
public static class PlanReport
{
    public static JsonObject Json(BudgetPlan plan) => new()
    {
        ["flops"] = plan.Flops,
        ["train_flops"] = plan.Training.Flops,
        ["train_macs"] = plan.Training.Macs,
        ["inference_flops"] = plan.Inference.Flops,
        ["train_share"] = plan.TrainShare,
        ["gpu_hours"] = plan.Training.GpuHours + plan.Inference.GpuHours,
        ["train_gpu_hours"] = plan.Training.GpuHours,
        ["dollars"] = plan.Training.Dollars.MatchUnsafe(d => FitReport.Number(d + plan.Inference.Dollars.IfNone(0)), () => null),
        ["optimal_params"] = FitReport.Json(plan.OptimalParams),
        ["model"] = plan.Model.Name,
        ["params"] = plan.Params,
        ["images"] = plan.Training.Images,
        ["tokens"] = plan.Training.Tokens,
        ["dataset_images"] = plan.DatasetImages.MatchUnsafe(FitReport.Number, () => null),
        ["epochs"] = plan.Epochs.MatchUnsafe(FitReport.Number, () => null),
        ["steps"] = plan.Steps,
        ["batch"] = plan.Batch,
        ["loss"] = FitReport.Json(plan.Loss),
        ["penalty"] = FitReport.Number(plan.Penalty),
        ["needed_runs"] = new JsonArray([.. plan.NeededRuns.Map(flops => (JsonNode)new JsonObject
        {
            ["flops_per_run"] = flops,
            ["sizes"] = Planner.SizesPerBudget,
            ["flops"] = flops * Planner.SizesPerBudget,
        })]),
        ["warnings"] = FitReport.Texts(plan.Warnings),
    };

    public static string Text(BudgetPlan plan)
    {
        var lines = new List<string>
        {
            $"budget       {plan.Flops:G4} FLOPs",
            $"training     {Line(plan.Training)}",
        };
        if (plan.Inference.Macs > 0)
        {
            lines.Add($"inference    {Line(plan.Inference)}");
            lines.Add($"split        {plan.TrainShare:P1} for training, {1 - plan.TrainShare:P1} for predictions");
        }
        lines.AddRange(
        [
            $"optimal size {plan.OptimalParams} parameters",
            $"model        {plan.Model.Name}, {plan.Params:G4} parameters, {(double.IsNaN(plan.Penalty) ? "loss taken as the optimum's: the law does not say what another size costs" : $"expected loss {plan.Penalty:P2} above the optimum's")}",
            $"steps        {plan.Steps} of {plan.Batch} images{(from e in plan.Epochs from n in plan.DatasetImages select $", {e:F2} epochs of {n:N0} images").IfNone("; name the data set (--images) for its epochs")}",
            $"loss         {plan.Loss}",
        ]);
        if (!plan.NeededRuns.IsEmpty)
            lines.Add($"first run    {plan.NeededRuns.Count} budgets of {string.Join(", ", plan.NeededRuns.Map(c => $"{c:G2}"))} FLOPs with {Planner.SizesPerBudget} sizes each: "
                + $"{plan.NeededRuns.Sum() * Planner.SizesPerBudget:G3} FLOPs, {plan.NeededRuns.Sum() * Planner.SizesPerBudget / plan.Flops:P0} of the budget");
        lines.AddRange(plan.Warnings.Map(w => $"warning      {w}"));
        return string.Join('\n', lines);
    }

    static string Line(Cost cost) =>
        $"{cost.Flops:G4} FLOPs = {cost.Macs:G4} MACs, {cost.Images:G4} images, {cost.Tokens:G4} tokens, {cost.GpuHours:F1} GPU-hours ({cost.GpuHours / 24:F2} GPU-days)"
        + cost.Dollars.Match(d => $", {d:F0} dollars", () => "");
}
