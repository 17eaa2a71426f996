using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Jobs;

namespace Flow.Cli.Commands;

/// <summary>`flow run FILE` and the shape of an answer that every verb shares which runs a study.</summary>
public static class RunCommands
{
    public static readonly Option<string?> Scale = new("--scale") { Description = "Which scale of the study: tiny (default) or paper" };

    public static readonly Option<int?> Parallel = new("--parallel") { Description = "Steps at once, sharing the cores (default: one per core, at most 8)" };

    public static readonly Option<int?> Workers = new("--workers") { Description = "Data-parallel processes of each training, which share its batches (default: 1)" };

    public static readonly Option<int> KeepEvery = new("--keep-every") { Description = "Keep each training's checkpoints at multiples of so many steps (default: the newest two alone stay)" };

    public static readonly Option<string> Device = new("--device")
    {
        Description = "What networks are trained and run on: cpu, cuda or cuda:N",
        DefaultValueFactory = _ => ComputeDevice.Cpu,
    };

    static readonly Argument<string> Study = new("study") { Description = "A study's file, or the name of one of studies/" };

    public static Command Run() => Verb.Of("run", "Run a study's steps; finished steps are not run again", [Study, Scale, Parallel, Workers, KeepEvery, Device], async (call, cancel) =>
    {
        var file = StudyFile.Find(call.Get(Study));
        var outcome = await Execute(call, file, call.Get(Scale), call.Get(Parallel), cancel);
        call.Answer(
            new
            {
                study = file.Name,
                steps = outcome.Plan.Steps.Count,
                ran = outcome.Ran,
                failed = outcome.Failures.Select(f => new { step = f.Step.Name.Short, label = f.Step.Label, message = f.Message }),
                stopped = outcome.Stopped.Select(t => new { trial = t.Trial, train_steps = t.Steps, value = t.Value, bar = t.Bar }),
                report = ReportPath(call.Store, outcome),
                seconds = outcome.Took.TotalSeconds,
            },
            Summary(call.Store, outcome));
        return outcome.Failures.Count == 0 ? Verb.Done : Verb.Failed;
    });

    /// <summary>Plans and runs with the one progress display.</summary>
    public static async Task<StudyOutcome> Execute(Call call, StudyFile file, string? scale, int? parallel, CancellationToken cancel)
    {
        var plan = Plan.Of(file.Read(scale));
        var lab = Lab(call, parallel);
        OutsideFiles.Check(lab, plan, plan.Steps.Map(step => step.Name), file.Folder);
        using var display = new StudyDisplay();
        return await new StudyRunner(lab, display).Run(plan, file.Folder, cancel);
    }

    /// <summary>The store, and how its steps share this machine.</summary>
    /// <param name="parallel">Steps at once; none for one on each core that the workers of a training leave.</param>
    public static Lab Lab(Call call, int? parallel)
    {
        var workers = call.Get(Workers) ?? 1;
        if (workers is < 1 or > 64) throw new BadInputException($"--workers: {workers} is not between 1 and 64");
        if (parallel < 1) throw new BadInputException($"--parallel: {parallel} is less than 1");
        var keepEvery = call.Get(KeepEvery);
        if (keepEvery < 0) throw new BadInputException($"--keep-every: {keepEvery} is negative");
        var device = DeviceOf(call);
        // Steps side by side would share the one device's memory.
        var atOnce = device == ComputeDevice.Cpu ? Math.Clamp(Environment.ProcessorCount / workers, 1, 8) : 1;
        return new Lab(call.Store, parallel ?? atOnce, workers, keepEvery, device);
    }

    /// <summary>What --device says; the CPU for verbs without it.</summary>
    /// <exception cref="BadInputException">There is no such device.</exception>
    public static string DeviceOf(Call call) => ComputeDevice.Checked(call.Get(Device) ?? ComputeDevice.Cpu, Device.Name);

    /// <summary>The study's report, or none when its step could not run.</summary>
    public static string? ReportPath(string store, StudyOutcome outcome)
    {
        var path = Path.Combine(store, "steps", outcome.Plan.Identity.Hex, "report.html");
        return File.Exists(path) ? path : null;
    }

    static string Summary(string store, StudyOutcome outcome)
    {
        var lines = outcome.Failures.Select(f => $"FAILED {f.Step.Label}: {f.Message}").ToList();
        lines.Add(outcome.Ran == 0
            ? $"nothing to do: all {outcome.Plan.Steps.Count} steps of '{outcome.Plan.Study.Name}' are done"
            : FormattableString.Invariant($"{outcome.Ran - outcome.Failures.Count} of {outcome.Plan.Steps.Count} steps of '{outcome.Plan.Study.Name}' ran in {outcome.Took.TotalSeconds:0.#} s"));
        if (outcome.Stopped.Count > 0) lines.Add($"{outcome.Stopped.Count} trials lost the race and were stopped; their rows are kept");
        if (ReportPath(store, outcome) is { } report) lines.Add($"report: {report}");
        return string.Join(Environment.NewLine, lines);
    }
}
