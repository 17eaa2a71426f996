using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Jobs;
using Flow.Jobs.Steps;

namespace Flow.Cli.Commands;

/// <summary>`flow evaluate RUN`: test-time compute of a trained model, as a grid of denoising steps and ensembles.</summary>
public static class EvaluateCommand
{
    static readonly Option<string?> Data = new("--data") { Description = "Held-out shards: the first digits of a data set of the store, or a folder (default: those that the run's study evaluates on)" };
    static readonly Option<string> Steps = new("--steps") { Description = "Numbers of denoising steps: 1,2,5", DefaultValueFactory = _ => "1" };
    static readonly Option<string> Ensembles = new("--ensemble") { Description = "Sizes of the ensemble: 1,5; the smaller are parts of the larger", DefaultValueFactory = _ => "1" };
    static readonly Option<int?> Samples = new("--samples") { Description = "At most so many samples (default: all)" };

    public static Command Build() => Verb.Of(
        "evaluate", "Measure a trained model over a grid of denoising steps and ensembles; what is measured already is not measured again",
        [SamplerOptions.Run, Data, Steps, Ensembles, Samples, SamplerOptions.Task, SamplerOptions.Schedule, SamplerOptions.Spacing, SamplerOptions.Reduction, SamplerOptions.Eta, SamplerOptions.Seed, RunCommands.Parallel, RunCommands.Device],
        async (call, cancel) =>
    {
        if (call.Get(Samples) < 1) throw new BadInputException($"--samples: {call.Get(Samples)} is not positive");
        var lab = new Lab(call.Store, call.Get(RunCommands.Parallel) ?? 1, Device: RunCommands.DeviceOf(call));
        var run = TrainedRun.Find(lab, call.Get(SamplerOptions.Run));
        var task = run.Task(call.Get(SamplerOptions.Task));
        var grid = SamplerOptions.Grid(call, call.Get(Steps), call.Get(Ensembles), task);
        var request = new EvaluationRequest(run, task, call.Get(Data) is { } data ? DataFolders.Find(call.Store, data) : run.HeldOut(lab, task.Task), grid, call.Get(Samples), call.Get(SamplerOptions.Seed));
        IReadOnlyList<MeasuredCell> cells;
        using (var display = new StudyDisplay()) cells = await EvaluateRun.Run(lab, request, display, cancel);
        call.Answer(
            cells.Select(cell => new
            {
                run = run.Name,
                task = cell.Rows[0].Task,
                steps = cell.Sampler.Steps,
                ensemble = cell.Sampler.Ensemble,
                schedule = SamplerOptions.Spelled(cell.Sampler.Schedule.IfNone(task.Diffusion.Schedule)),
                reduction = SamplerOptions.Spelled(cell.Sampler.Reduction),
                sampler = cell.Rows[0].Sampler,
                samples = cell.Rows[0].Samples,
                macs_per_sample = cell.Rows[0].MacsPerImage,
                seconds = cell.Rows[0].Seconds,
                metrics = cell.Rows.ToDictionary(value => value.Metric, value => new { mean = value.Value, low = value.Low, high = value.High, unit = value.Unit }),
                gallery = GalleryIndex.FolderOf(lab.Steps.Open(cell.Step.Hex)),
            }),
            TextTable.Of(
                ["steps", "ensemble", "sampler", "MACs a sample", "seconds", .. cells[0].Rows.Select(value => value.Metric)],
                cells.Select(cell => (IReadOnlyList<string>)[Text(cell.Sampler.Steps), Text(cell.Sampler.Ensemble), cell.Rows[0].Sampler ?? "", Quantity.Of(cell.Rows[0].MacsPerImage ?? 0, "MACs"),
                    string.Create(CultureInfo.InvariantCulture, $"{cell.Rows[0].Seconds:0.##}"), .. cell.Rows.Select(Interval)])));
        return Verb.Done;
    });

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    static string Interval(Measurement value) => string.Create(CultureInfo.InvariantCulture, $"{value.Value:0.0000} ({value.Low:0.0000} to {value.High:0.0000})");
}
