using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Domain.Laws;
using Flow.Domain.Plots;
using Flow.Storage.Engines;
using Flow.Storage.Results;

namespace Flow.Cli.Commands;

/// <summary>`flow fit`: a power law through a study's rows of the result store, with its intervals and what the evidence can't carry.</summary>
public static class FitCommand
{
    static readonly Option<string> Study = new("--study") { Description = "Study whose rows are fitted", Required = true };
    static readonly Option<string> Metric = new("--metric") { Description = "Metric to fit: loss, absrel, delta1_error, epe, ...", DefaultValueFactory = _ => "loss" };
    static readonly Option<string> Axis = new("--x") { Description = "Axis: train_macs, params, params_active, images, tokens, macs_per_image", DefaultValueFactory = _ => "train_macs" };
    static readonly Option<string?> Task = new("--task") { Description = "Only rows of this perception task: depth, flow, amodal" };
    static readonly Option<int?> SamplerSteps = new("--sampler-steps") { Description = "Only rows of samplers with so many denoising steps" };
    static readonly Option<int?> Ensemble = new("--ensemble") { Description = "Only rows of ensembles of so many" };
    static readonly Option<Floor> Form = new("--floor") { Description = "Irreducible term: Chosen by hindcast, None, or Fitted", DefaultValueFactory = _ => Floor.Chosen };
    static readonly Option<string?> Plot = new("--plot") { Description = "Draw points, law, band and extrapolation into this SVG file" };

    static readonly string[] Axes = ["train_macs", "params", "params_active", "images", "tokens", "macs_per_image", "sampler_steps", "ensemble"];

    public static Command Build() => Verb.Of(
        "fit", "Fit a power law to a study's results", [Study, Metric, Axis, Task, SamplerSteps, Ensemble, Form, Plot], (call, cancel) =>
    {
        if (!Axes.Contains(call.Get(Axis))) throw new BadInputException($"--x: {call.Get(Axis)} is none of {string.Join(", ", Axes)}");
        if (!Directory.Exists(call.Store)) throw new BadInputException($"there is no store at {call.Store}: run the study first, or give --store");
        var points = Points(call, cancel);
        var fit = PowerLaw.Fit(points, new FitOptions(call.Get(Form))).Match(
            Right: found => found,
            Left: refusal => throw new BadInputException($"the {points.Count} rows of '{call.Get(Study)}' carry no law: {refusal}"));
        if (call.Get(Plot) is { } path)
            File.WriteAllText(path, LawPlot.Of(fit, $"{call.Get(Study)}: {call.Get(Metric)}", call.Get(Axis), call.Get(Metric)).ToSvg());
        call.Answer(FitReport.Json(fit), FitReport.Text(fit, call.Get(Axis), call.Get(Metric)));
        return System.Threading.Tasks.Task.FromResult(Verb.Done);
    });

    static LanguageExt.Seq<Observation> Points(Call call, CancellationToken cancel)
    {
        var table = new ResultStore(call.Store).Query($"""
            select distinct step, {call.Get(Axis)}::double as x, value from results
            where study = {Text(call.Get(Study))} and metric = {Text(call.Get(Metric))} and task is not distinct from {(call.Get(Task) is { } task ? Text(task) : "null")}
              {Where("sampler_steps", call.Get(SamplerSteps))} {Where("ensemble", call.Get(Ensemble))} and {call.Get(Axis)} is not null
            order by x, step
            """, cancel: cancel);
        if (table.Rows.Count == 0)
            throw new BadInputException($"no rows of study '{call.Get(Study)}' with metric '{call.Get(Metric)}'{(call.Get(Task) is { } named ? $" of task '{named}'" : ", without a task")}: {Known(call.Store, cancel)}");
        return new LanguageExt.Seq<Observation>(table.Rows.Select(row => new Observation((double)row[1]!, (double)row[2]!, (string)row[0]!)).ToList());
    }

    static string Known(string store, CancellationToken cancel)
    {
        QueryTable table = new ResultStore(store).Query("select distinct study, metric, coalesce(task, 'no task') from results order by all", 40, cancel);
        return table.Rows.Count == 0 ? "the store has no results yet" : "it has " + string.Join(", ", table.Rows.Select(row => $"{row[0]} {row[1]} ({row[2]})"));
    }

    static string Where(string column, int? value) => value is { } number ? string.Create(CultureInfo.InvariantCulture, $"and {column} = {number}") : "";

    static string Text(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
