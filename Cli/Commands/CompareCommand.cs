using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Laws;
using Flow.Jobs.Laws;

namespace Flow.Cli.Commands;

/// <summary>`flow compare`: two studies by their laws, at a budget.</summary>
public static class CompareCommand
{
    static readonly Argument<string> First = new("first") { Description = "A study of the store" };
    static readonly Argument<string> Second = new("second") { Description = "Another one" };
    static readonly Option<double> Budget = new("--budget") { Description = "Where to compare, in the axis' unit (MACs for train_macs)", Required = true };
    static readonly Option<string> Metric = new("--metric") { Description = "Metric, lower is better", DefaultValueFactory = _ => "loss" };
    static readonly Option<string> Axis = new("--x") { Description = $"Axis: {string.Join(", ", StudyRows.Axes)}", DefaultValueFactory = _ => "train_macs" };
    static readonly Option<string?> Of = new("--task") { Description = "Perception task: depth, flow, amodal" };

    public static Command Build() => Verb.Of(
        "compare", "Compare two studies by exponent and by predicted metric at a budget", [First, Second, Budget, Metric, Axis, Of], (call, cancel) =>
    {
        if (!(call.Get(Budget) > 0)) throw new BadInputException($"--budget: {call.Get(Budget)} is not positive");
        var (first, second) = (call.Get(First), call.Get(Second));
        var comparison = FamilyComparison.Of(first, Law(call, first, cancel), second, Law(call, second, cancel), call.Get(Budget));
        call.Answer(comparison.Json(), comparison.Sentence);
        return Task.FromResult(Verb.Done);
    });

    static PowerLawFit Law(Call call, string study, CancellationToken cancel) =>
        PowerLaw.Fit(new StudyRows(call.Store, study, call.Get(Metric), call.Get(Of)).Along(call.Get(Axis), cancel)).Carried($"the rows of '{study}' carry no law");
}
