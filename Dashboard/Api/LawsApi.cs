using System.Text.Json.Nodes;
using Flow.Domain;
using Flow.Domain.Compute;
using Flow.Domain.Laws;
using Flow.Domain.Plots;
using Flow.Jobs;
using Flow.Jobs.Laws;
using Flow.Jobs.Views;

namespace Flow.Dashboard.Api;

/// <summary>Laws through the rows of studies, two of them compared, and the planner.</summary>
static class LawsApi
{
    /// <summary>A law with its figures.</summary>
    public sealed record Law(JsonObject Json, string Text, IReadOnlyList<FigureView> Figures);

    public sealed record Choices(
        IReadOnlyList<LawChoice> Rows, IReadOnlyList<string> Axes, IReadOnlyList<string> Forms, IReadOnlyList<string> Floors, IReadOnlyList<string> PublishedLaws, IReadOnlyList<string> Devices);

    public static void Map(RouteGroupBuilder api)
    {
        var laws = api.MapGroup("/laws").WithTags("laws");
        laws.MapGet("/choices", (Lab lab, CancellationToken cancel) => new Choices(
                LawChoice.Of(lab, cancel), StudyRows.Axes, [.. PointsFit.Forms], Enum.GetNames<Floor>(),
                [.. AllocationLaw.Published.Map(law => law.Name)], [.. Device.Known.Map(device => device.Name)]))
            .WithSummary("What may be fitted: studies with metrics, tasks and samplers; axes, forms, devices");
        laws.MapGet("/fit", ([AsParameters] FitQuery asked, Lab lab, CancellationToken cancel) => Answer(asked.Fit.Fit(lab.Root, cancel))).WithSummary("A law with intervals and figures");
        laws.MapGet("/figure.svg", ([AsParameters] FitQuery asked, Lab lab, CancellationToken cancel) => Results.Text(FigureSheet.ToSvg(asked.Fit.Fit(lab.Root, cancel).Figures), "image/svg+xml"))
            .WithSummary("The figures of a law, as `flow fit --plot` draws them").Produces<string>(StatusCodes.Status200OK, "image/svg+xml");
        laws.MapGet("/compare", (string second, double? budget, [AsParameters] FitQuery first, Lab lab, CancellationToken cancel) => Compare(first.Fit, second, budget, lab, cancel))
            .WithSummary("Two studies by exponent and by the predicted metric at a budget");
        laws.MapPost("/plan", (PlanAsked asked, Lab lab, CancellationToken cancel) => Plan(asked, lab, cancel)).WithSummary("Devices and hours to a run, or a loss to its price");
    }

    /// <param name="Floor">Chosen, None or Fitted.</param>
    public sealed record FitQuery(string Study, string? Form, string? Metric, string? Axis, string? Task, int? SamplerSteps, int? Ensemble, string? Floor)
    {
        public StudyFit Fit => new(
            Study, Form ?? "power", Metric ?? "loss", Axis ?? "train_macs", Task, SamplerSteps, Ensemble,
            new FitOptions(Floor is null ? Domain.Laws.Floor.Chosen : Enum.TryParse<Floor>(Floor, ignoreCase: true, out var floor) ? floor
                : throw new BadInputException($"floor: '{Floor}' is none of {string.Join(", ", Enum.GetNames<Floor>())}")));
    }

    static Law Answer(FitAnswer fit) => new(fit.Json, fit.Text, [.. fit.Figures.Map(FigureView.Of)]);

    static Law Compare(StudyFit first, string second, double? budget, Lab lab, CancellationToken cancel)
    {
        var (a, b) = (first.Family(lab.Root, cancel), (first with { Study = second }).Family(lab.Root, cancel));
        var at = budget ?? Math.Max(a.LargestX, b.LargestX);
        if (!(at > 0)) throw new BadInputException($"budget: {at} is not positive");
        var comparison = FamilyComparison.Of(first.Study, a, second, b, at);
        var figure = LawPlot.Compare(LanguageExt.Prelude.Seq((first.Study, a), (second, b)), $"{first.Metric} of {first.Study} and {second}", first.Axis, first.Metric);
        return new Law(comparison.Json(), comparison.Sentence, [FigureView.Of(figure)]);
    }

    static Law Plan(PlanAsked asked, Lab lab, CancellationToken cancel)
    {
        var request = asked.Checked(lab.Root, cancel);
        if (asked.Loss is { } loss)
        {
            var price = LossPrice.Of(request, loss).Carried("no price");
            return new Law(price.Json(), price.Text(), []);
        }
        var plan = Planner.Plan(request).Carried("no plan");
        return new Law(PlanReport.Json(plan), PlanReport.Text(plan), []);
    }
}
