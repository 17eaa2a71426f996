using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Laws;
using Flow.Domain.Plots;
using Flow.Jobs.Laws;
using static LanguageExt.Prelude;

namespace Flow.Cli.Commands;

/// <summary>`flow compare`: two families by their laws, at a budget: studies of the store, or groups of anybody's points.</summary>
public static class CompareCommand
{
    static readonly Argument<string> First = new("first") { Description = "A study of the store, a CSV file of points, or a value of --by" };
    static readonly Argument<string> Second = new("second") { Description = "Another one" };
    static readonly Option<double> Budget = new("--budget") { Description = "Where to compare, in the axis' unit (MACs for train_macs; FLOPs for isoflop and for points that have them)", Required = true };
    static readonly Option<string> Form = new("--form") { Description = "power: the loss along the axis; isoflop: the loss at the optima, and the exponents of N* and D*", DefaultValueFactory = _ => "power" };
    static readonly Option<string?> Points = new("--points") { Description = "CSV file that holds both families, told apart by the column --by" };
    static readonly Option<string?> By = new("--by") { Description = "Column of --points whose values are the families" };
    static readonly Option<string> Columns = new("--columns") { Description = "Columns of the points, as in flow fit", DefaultValueFactory = _ => "" };
    static readonly Option<string> Metric = new("--metric") { Description = "Metric of studies, lower is better", DefaultValueFactory = _ => "loss" };
    static readonly Option<string> Axis = new("--x") { Description = $"Axis of studies: {string.Join(", ", StudyRows.Axes)}", DefaultValueFactory = _ => "train_macs" };
    static readonly Option<string?> Of = new("--task") { Description = "Perception task of studies: depth, flow, amodal" };
    static readonly Option<string?> Plot = new("--plot") { Description = "Draw both laws into this .svg or .png file" };

    public static Command Build() => Verb.Of(
        "compare", "Compare two families by exponent and by predicted metric at a budget", [First, Second, Budget, Form, Points, By, Columns, Metric, Axis, Of, Plot], (call, cancel) =>
    {
        if (!(call.Get(Budget) > 0 && double.IsFinite(call.Get(Budget)))) throw new BadInputException($"--budget: {call.Get(Budget)} is not positive");
        if (call.Get(Points) is null != call.Get(By) is null) throw new BadInputException("--points and --by belong together: the file, and its column whose values are compared");
        var (first, second) = (Family(call, call.Get(First), cancel), Family(call, call.Get(Second), cancel));
        var comparison = FamilyComparison.Of(first, second, call.Get(Budget));
        Given.Draw(call.Get(Plot), () => Seq1(LawPlot.Compare(
            Seq((first.Name, first.Loss), (second.Name, second.Loss)), $"{first.Name} and {second.Name}", X(call), Y(call))));
        call.Answer(comparison.Json(), comparison.Text());
        return Task.FromResult(Verb.Done);
    });

    static Family Family(Call call, string name, CancellationToken cancel)
    {
        if (call.Get(Points) is { } points) return OfFile(call, points, name, $"{call.Get(By)}={name}");
        if (name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) return OfFile(call, name, Path.GetFileNameWithoutExtension(name), "");
        var study = new StudyFit(name, call.Get(Form), call.Get(Metric), call.Get(Axis), call.Get(Of));
        return call.Get(Form) switch
        {
            "power" => new Family(name, study.Family(call.Store, cancel), None),
            "isoflop" => study.Profiled(call.Store, cancel),
            var form => throw new BadInputException($"--form: {form} is not one that families are compared by: power, isoflop"),
        };
    }

    static Family OfFile(Call call, string file, string name, string where)
    {
        if (!File.Exists(file)) throw new BadInputException($"there is no file {file}");
        return PointsFit.Family(name, File.ReadAllText(file), call.Get(Form), call.Get(Columns), where).Match(
            Succ: fit => fit.Carried($"the points of {name} carry no law"),
            Fail: mistakes => throw new BadInputException($"{file} can't be compared:", mistakes));
    }

    static bool OfPoints(Call call) => call.Get(Points) is not null || call.Get(First).EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    static string X(Call call) => call.Get(Form) == "isoflop" ? "training compute (FLOPs)" : OfPoints(call) ? "x" : call.Get(Axis);

    static string Y(Call call) => OfPoints(call) ? "loss" : call.Get(Metric);
}
