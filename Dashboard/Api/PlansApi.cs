using System.Text.Json;
using Flow.Domain;
using Flow.Domain.Drawing;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Jobs;

namespace Flow.Dashboard.Api;

/// <summary>Studies that this store has run or is asked to run: their graphs, runs, specs, and what differs between two.</summary>
static class PlansApi
{
    public sealed record Summary(string Id, string Name, string Claim, int Runs, int Steps, int Done);

    /// <param name="Column">Where it stands in the picture of the graph.</param>
    /// <param name="Done">Its directory is in the store.</param>
    public sealed record Node(string Step, string Label, string Kind, int Column, int Row, IReadOnlyList<string> Reads, bool Done);

    public sealed record PlannedRun(string Run, string Model, IReadOnlyList<string> Steps);

    public sealed record PlanAnswer(
        string Id, string Name, string Claim, string Source, string Notes, JsonElement Spec, IReadOnlyList<Node> Nodes, IReadOnlyList<PlannedRun> Runs);

    public sealed record RunSpecAnswer(string Run, string Model, IReadOnlyList<JsonElement> Stages, JsonElement ModelSpec);

    public sealed record Changed(string Path, string? Before, string? After);

    public static void Map(RouteGroupBuilder api)
    {
        var plans = api.MapGroup("/plans").WithTags("plans");
        plans.MapGet("", (Lab lab) => RecordedStudies.In(lab.Root).Select(study => Summarise(lab, study.Plan))).WithSummary("Studies that this store has run, the latest first");
        plans.MapGet("/{id}", (string id, Lab lab) => Describe(lab, Find(lab, id))).WithSummary("A study's graph, runs and spec");
        plans.MapGet("/{id}/runs/{run}", (string id, string run, Lab lab) => Run(Find(lab, id), run)).WithSummary("One run's model and stages in full");
        plans.MapGet("/difference", (string before, string after, Lab lab) => Differ(lab, before, after)).WithSummary("The fields in which two specs differ; each is ID of a study, or ID:RUN");
    }

    /// <summary>A recorded study by the first digits (six or more) of its identity, or the latest of its name.</summary>
    internal static RecordedStudy? Recorded(Lab lab, string id) => RecordedStudies.Find(lab.Root, id) ?? RecordedStudies.In(lab.Root).FirstOrDefault(study =>
        study.Plan.Study.Name == id || (id.Length >= 6 && study.Plan.Identity.Hex.StartsWith(id, StringComparison.Ordinal)));

    static Plan Find(Lab lab, string id) => Recorded(lab, id)?.Plan ?? throw new BadInputException($"this store has no study '{id}' that this version of the program reads as it was run");

    static Summary Summarise(Lab lab, Plan plan) => new(
        plan.Identity.Hex, plan.Study.Name, plan.Study.Spec.Claim, plan.Runs.Count, plan.Steps.Count, plan.Steps.Count(step => lab.Steps.Exists(step.Name.Hex)));

    static PlanAnswer Describe(Lab lab, Plan plan)
    {
        var places = PlanLayout.Of(plan);
        var spec = plan.Study.Spec;
        return new PlanAnswer(
            plan.Identity.Hex, plan.Study.Name, spec.Claim, spec.Source, spec.Notes, StudiesApi.Element(SpecWriter.Write(spec)),
            [.. plan.Steps.Map(step => new Node(
                step.Name.Hex, step.Label, Spelling.Kebab(step.Kind.ToString()), places[step.Name].Column, places[step.Name].Row, [.. step.Inputs.Map(input => input.Hex)], lab.Steps.Exists(step.Name.Hex)))],
            [.. plan.Runs.Map(run => new PlannedRun(Label(plan, run), run.Run.Model.Name, [.. run.Steps.Map(step => step.Hex)]))]);
    }

    static RunSpecAnswer Run(Plan plan, string label)
    {
        var run = Named(plan, label).Run;
        return new RunSpecAnswer(label, run.Model.Name, [.. run.Stages.Map(stage => StudiesApi.Element(SpecWriter.Write(stage)))], StudiesApi.Element(SpecWriter.Write(run.Model.Spec)));
    }

    static IEnumerable<Changed> Differ(Lab lab, string before, string after) =>
        SpecDifference.Of(Side(lab, before), Side(lab, after)).Map(change => new Changed(change.Path, Said(change.Before), Said(change.After)));

    /// <summary>A whole study's spec, or one run's model and stages.</summary>
    static Json Side(Lab lab, string named)
    {
        var (id, label) = named.Split(':', 2) is [var study, var run] ? (study, run) : (named, null);
        var plan = Find(lab, id);
        if (label is null) return SpecWriter.Write(plan.Study.Spec);
        var found = Named(plan, label).Run;
        return Json.Of(("model", SpecWriter.Write(found.Model.Spec)), ("stages", Json.ListOf(found.Stages.Map(SpecWriter.Write))));
    }

    static Domain.Planning.PlannedRun Named(Plan plan, string label) => plan.Runs.Find(run => Label(plan, run) == label)
        .IfNone(() => throw new BadInputException($"{plan.Study.Name} has no run '{label}'"));

    static string Label(Plan plan, Domain.Planning.PlannedRun run) => run.Run.Label.Length == 0 ? plan.Study.Name : run.Run.Label;

    static string? Said(LanguageExt.Option<Json> value) => value.MatchUnsafe<string?>(json => json.ToString(), () => null);
}
