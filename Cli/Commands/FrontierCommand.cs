using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Laws;
using Flow.Jobs.Laws;
using static LanguageExt.Prelude;

namespace Flow.Cli.Commands;

/// <summary>`flow frontier`: which model, denoising steps and ensemble predict best within a budget of MACs.</summary>
public static class FrontierCommand
{
    static readonly Option<string> Study = new("--study") { Description = "Study whose evaluations are compared", Required = true };
    static readonly Option<double> Macs = new("--macs") { Description = "MACs of one prediction at most, e.g. 1e9", Required = true };
    static readonly Option<string> Metric = new("--metric") { Description = "Error, lower is better: absrel, delta1_error, rmse, epe, iou_error", DefaultValueFactory = _ => "absrel" };
    static readonly Option<string> Of = new("--task") { Description = "Perception task: depth, flow, amodal", DefaultValueFactory = _ => "depth" };
    static readonly Option<string?> Plot = new("--plot") { Description = "Draw all cells and the staircase of the best into this SVG file" };

    /// <summary>Scores, of which the highest would be best.</summary>
    static readonly Dictionary<string, string> Scores = new() { ["delta1"] = "delta1_error", ["delta2"] = "absrel", ["delta3"] = "absrel", ["iou"] = "iou_error" };

    public static Command Build() => Verb.Of(
        "frontier", "The best way to predict within a test-time budget", [Study, Macs, Metric, Of, Plot], (call, cancel) =>
    {
        var metric = call.Get(Metric);
        if (Scores.TryGetValue(metric, out var error)) throw new BadInputException($"--metric: {metric} is better when higher; choose an error such as {error}");
        if (!(call.Get(Macs) > 0)) throw new BadInputException($"--macs: {call.Get(Macs)} is not positive");
        var cells = new StudyRows(call.Store, call.Get(Study), metric, call.Get(Of)).Cells(cancel);
        var choice = InferenceFrontier.Best(cells, call.Get(Macs)).Carried("no choice");
        Given.Draw(call.Get(Plot), () => Seq1(InferenceFrontier.Plot(cells, $"{call.Get(Study)}: {metric} against test-time compute", metric)));
        call.Answer(choice.Json(), choice.Text());
        return Task.FromResult(Verb.Done);
    });
}
