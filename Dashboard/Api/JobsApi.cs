using System.Text.Json;
using Flow.Domain;
using Flow.Jobs;
using Flow.Jobs.Ledger;
using Flow.Jobs.Workers;

namespace Flow.Dashboard.Api;

/// <summary>Submitted studies, their steps and the workers; and what people want of them.</summary>
static class JobsApi
{
    const int MostLines = 500;

    /// <summary>A study, and its steps or the one step that was named.</summary>
    public sealed record JobAnswer(StudyJob Study, IReadOnlyList<StepJob> Steps);

    public sealed record StepAnswer(StepJob Step, StudyJob Study, IReadOnlyList<StepEvent> Events);

    public sealed record Reached(int Steps);

    public static void Map(RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("jobs");
        jobs.MapGet("", (LedgerDatabase ledger, CancellationToken cancel) => new JobView(ledger).Studies(cancel)).WithSummary("Submitted studies, the latest first");
        jobs.MapGet("/running", (LedgerDatabase ledger, CancellationToken cancel) => new JobView(ledger).Steps(states: [JobState.Running], cancel: cancel)).WithSummary("Steps that run now");
        jobs.MapGet("/steps", Steps).WithSummary("Steps of one study or of all, in some states or in all");
        jobs.MapGet("/workers", (LedgerDatabase ledger, CancellationToken cancel) => new JobView(ledger).Workers(cancel)).WithSummary("Workers, those that live first");
        jobs.MapGet("/{named}", Show).WithSummary("A study with its steps, or a step, by name or first digits");
        jobs.MapGet("/steps/{step}", Step).WithSummary("A step and what happened to it");
        jobs.MapGet("/steps/{step}/log", (string step, Lab lab, CancellationToken cancel) => Log(step, lab, cancel)).WithSummary("The newest lines that a step said");
        var change = jobs.MapGroup("/{named}").RequireAuthorization(Role.Operator);
        change.MapPost("/cancel", (string named, LedgerDatabase ledger, CancellationToken cancel) => Want(named, ledger, (wishes, study, step) => wishes.Cancel(study, step, cancel), cancel)).WithSummary("Stop and don't begin");
        change.MapPost("/pause", (string named, LedgerDatabase ledger, CancellationToken cancel) => Want(named, ledger, (wishes, study, step) => wishes.Pause(study, step, cancel), cancel)).WithSummary("Write checkpoints and wait");
        change.MapPost("/resume", (string named, LedgerDatabase ledger, CancellationToken cancel) => Want(named, ledger, (wishes, study, step) => wishes.Resume(study, step, cancel), cancel)).WithSummary("Go on after a pause");
        change.MapPost("/retry", (string named, LedgerDatabase ledger, CancellationToken cancel) => Want(named, ledger, (wishes, study, step) => wishes.Retry(study, step, cancel), cancel)).WithSummary("Try failed and cancelled steps again");
    }

    /// <param name="states">Comma-separated; none for all.</param>
    static Task<IReadOnlyList<StepJob>> Steps(LedgerDatabase ledger, CancellationToken cancel, string? study = null, string? states = null) => new JobView(ledger).Steps(
        string.IsNullOrEmpty(study) ? null : study,
        string.IsNullOrEmpty(states) ? null : [.. states.Split(',').Select(name => Enum.TryParse<JobState>(name, ignoreCase: true, out var state) ? state : throw new BadInputException($"states: '{name}' is no state of a step"))],
        cancel: cancel);

    static async Task<JobAnswer> Show(string named, LedgerDatabase ledger, CancellationToken cancel)
    {
        var view = new JobView(ledger);
        var (study, step) = await view.Find(named, cancel);
        return new JobAnswer(study, step is null ? await view.Steps(study.Id, cancel: cancel) : [step]);
    }

    static async Task<StepAnswer> Step(string step, LedgerDatabase ledger, CancellationToken cancel)
    {
        var view = new JobView(ledger);
        return await view.Find(step, cancel) is (var study, { } found)
            ? new StepAnswer(found, study, await view.Events(found.Name, cancel))
            : throw new BadInputException($"'{step}' is a study, not a step");
    }

    /// <summary>Steps that `flow run` ran have a log and no job.</summary>
    static async Task<IEnumerable<JsonElement>> Log(string step, Lab lab, CancellationToken cancel)
    {
        if (!StepFiles.IsName(step)) throw new BadInputException($"step: '{step}' is not the name of a step");
        var path = StepLog.PathOf(lab.Root, step);
        return File.Exists(path) ? (await File.ReadAllLinesAsync(path, cancel)).TakeLast(MostLines).Select(line => JsonDocument.Parse(line).RootElement) : [];
    }

    static async Task<Reached> Want(string named, LedgerDatabase ledger, Func<Wishes, StudyJob, StepJob?, Task<int>> wish, CancellationToken cancel)
    {
        var (study, step) = await new JobView(ledger).Find(named, cancel);
        return new Reached(await wish(new Wishes(ledger), study, step));
    }
}
