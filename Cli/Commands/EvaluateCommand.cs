using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Jobs;

namespace Flow.Cli.Commands;

/// <summary>`flow evaluate RUN`: test-time compute of a trained model, as a grid of denoising steps and ensembles.</summary>
public static class EvaluateCommand
{
    static readonly Option<string> Data = new("--data") { Description = "Held-out shards: the first digits of a data set of the store, or a folder", Required = true };
    static readonly Option<string> Steps = new("--steps") { Description = "Numbers of denoising steps: 1,2,5", DefaultValueFactory = _ => "1" };
    static readonly Option<string> Ensembles = new("--ensemble") { Description = "Sizes of the ensemble: 1,5; the smaller are parts of the larger", DefaultValueFactory = _ => "1" };
    static readonly Option<int?> Samples = new("--samples") { Description = "At most so many samples (default: all)" };

    public static Command Build() => Verb.Of(
        "evaluate", "Measure a trained model over a grid of denoising steps and ensembles; what is measured already is not measured again",
        [SamplerOptions.Run, Data, Steps, Ensembles, Samples, SamplerOptions.Task, SamplerOptions.Schedule, SamplerOptions.Reduction, SamplerOptions.Eta, SamplerOptions.Seed, RunCommands.Parallel],
        async (call, cancel) =>
    {
        if (call.Get(Samples) < 1) throw new BadInputException($"--samples: {call.Get(Samples)} is not positive");
        var lab = new Lab(call.Store, call.Get(RunCommands.Parallel) ?? 1);
        var run = TrainedRun.Find(lab, call.Get(SamplerOptions.Run));
        var task = run.Task(call.Get(SamplerOptions.Task));
        var grid = (from steps in Numbers("--steps", call.Get(Steps))
                    from ensemble in Numbers("--ensemble", call.Get(Ensembles))
                    select SamplerOptions.Of(call, steps, ensemble, task.Diffusion.Timesteps)).ToList();
        var request = new EvaluationRequest(run, task, DataFolders.Find(call.Store, call.Get(Data)), grid, call.Get(Samples), call.Get(SamplerOptions.Seed));
        IReadOnlyList<Measurement> values;
        using (var display = new StudyDisplay()) values = await EvaluateRun.Run(lab, request, display, cancel);
        var cells = values.GroupBy(value => (value.SamplerSteps, value.Ensemble)).OrderBy(cell => cell.Key).ToList();
        call.Answer(
            cells.Select(cell => new
            {
                run = run.Name,
                task = cell.First().Task,
                steps = cell.Key.SamplerSteps,
                ensemble = cell.Key.Ensemble,
                sampler = cell.First().Sampler,
                samples = cell.First().Samples,
                macs_per_sample = cell.First().MacsPerImage,
                seconds = cell.First().Seconds,
                metrics = cell.ToDictionary(value => value.Metric, value => new { mean = value.Value, low = value.Low, high = value.High, unit = value.Unit }),
            }),
            TextTable.Of(
                ["steps", "ensemble", "MACs a sample", "seconds", .. cells[0].Select(value => value.Metric)],
                cells.Select(cell => (IReadOnlyList<string>)[Text(cell.Key.SamplerSteps), Text(cell.Key.Ensemble), Quantity.Of(cell.First().MacsPerImage ?? 0, "MACs"),
                    string.Create(CultureInfo.InvariantCulture, $"{cell.First().Seconds:0.##}"), .. cell.Select(Interval)])));
        return Verb.Done;
    });

    static List<int> Numbers(string option, string list) =>
    [
        .. list.Split(',', StringSplitOptions.TrimEntries).Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new BadInputException($"{option}: '{text}' is not a whole number; write them as 1,2,5")).Distinct().Order(),
    ];

    static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    static string Interval(Measurement value) => string.Create(CultureInfo.InvariantCulture, $"{value.Value:0.0000} ({value.Low:0.0000} to {value.High:0.0000})");
}
