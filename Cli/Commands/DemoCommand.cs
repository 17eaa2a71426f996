using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs;
using Flow.Jobs.Report;

namespace Flow.Cli.Commands;

/// <summary>`flow demo`: the main job from nothing to a fitted law, with the table that a person wants to see at its end.</summary>
public static class DemoCommand
{
    public static Command Build() => Verb.Of(
        "demo", "Render scenes, train five model sizes, evaluate depth, fit a law, write a report", [RunCommands.Parallel, RunCommands.Device], async (call, cancel) =>
    {
        var outcome = await RunCommands.Execute(call, StudyFile.Find("demo"), scale: null, call.Get(RunCommands.Parallel), cancel);
        if (outcome.Failures.Count > 0)
        {
            foreach (var (step, message) in outcome.Failures) Call.Say($"FAILED {step.Label}: {message}");
            return Verb.Failed;
        }
        var lab = new Lab(call.Store, 1);
        var runs = outcome.Plan.Runs.Map(run => ReportedRunRow.Of(lab, outcome.Plan, run)).ToList();
        var baselines = Baselines(lab, outcome.Plan);
        var law = Law(lab, outcome.Plan);
        var report = RunCommands.ReportPath(call.Store, outcome);
        call.Answer(
            new
            {
                runs = runs.Select(row => new
                {
                    model = row.Model,
                    @params = row.Params,
                    train_macs = row.TrainMacs,
                    images = row.Images,
                    loss = row.Loss,
                    absrel = row.Score("absrel"),
                    delta1 = row.Score("delta1"),
                }),
                baselines = baselines.ToDictionary(b => b.Name, b => new { absrel = b.AbsRel, delta1 = b.Delta1 }),
                scenes = runs.Max(row => row.Scores["absrel"].Samples),
                law,
                report,
                seconds = outcome.Took.TotalSeconds,
            },
            Text(lab, outcome, runs, baselines, report));
        return Verb.Done;
    });

    static List<(string Name, double AbsRel, double Delta1)> Baselines(Lab lab, Plan plan) =>
    [
        .. from step in plan.Steps.Filter(step => step.Kind == StepKind.Baseline).AsEnumerable()
           from measured in Measurements.Of(lab.Steps.Open(step.Name.Hex)).ToArray()
           from kind in measured.Values.GroupBy(value => value.Sampler!)
           select (kind.Key, Value(kind, "absrel"), Value(kind, "delta1")),
    ];

    static double Value(IEnumerable<Measurement> measured, string metric) => measured.First(value => value.Metric == metric).Value;

    /// <summary>The law of AbsRel, in the shape that `flow fit --json` has too.</summary>
    static JsonNode? Law(Lab lab, Plan plan) => JsonNode.Parse(File.ReadAllText(Path.Combine(lab.Steps.Open(MainFit(plan).Name.Hex), "law.json")));

    static Step MainFit(Plan plan) => plan.Steps.Filter(step => step.Payload is Payload.Fit { Spec.Y: Metric.Absrel }).Head;

    static string Text(Lab lab, StudyOutcome outcome, List<ReportedRunRow> runs, List<(string Name, double AbsRel, double Delta1)> baselines, string? report)
    {
        var table = TextTable.Of(
            ["model", "parameters", "training", "images", "loss", "AbsRel", "delta1"],
            runs.Select(row => (IReadOnlyList<string>)[row.Model, Quantity.Count(row.Params), Quantity.Of(row.TrainMacs, "MACs"), Quantity.Count(row.Images),
                    Four(row.Loss), Four(row.Score("absrel")), Four(row.Score("delta1"))])
                .Concat(baselines.Select(b => (IReadOnlyList<string>)[$"({b.Name.Replace('_', ' ')})", "", "", "", "", Four(b.AbsRel), Four(b.Delta1)])));
        var best = runs[^1].Score("absrel");
        var mean = baselines.First(b => b.Name == "mean_map").AbsRel;
        return string.Join(Environment.NewLine,
            "",
            table,
            "",
            string.Create(CultureInfo.InvariantCulture,
                $"On {runs[0].Scores["absrel"].Samples} held-out scenes the largest model's AbsRel is {100 * (1 - best / mean):0} % below that of the mean depth map, which never looks at the image."),
            "",
            File.ReadAllText(Path.Combine(lab.Steps.Open(MainFit(outcome.Plan).Name.Hex), "law.txt")),
            "",
            $"report: {report}",
            string.Create(CultureInfo.InvariantCulture, $"{outcome.Took.TotalSeconds:0} s"));
    }

    static string Four(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";
}
