using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Jobs.Ledger;
using Flow.Jobs.Workers;

namespace Flow.Cli.Commands;

/// <summary>`flow jobs ...`: what was submitted, where it stands, and what a person wants of it.</summary>
public static class JobsCommands
{
    static readonly Argument<string> Job = new("job") { Description = "A study's name, or the first digits of a study or a step" };
    static readonly Option<string?> Of = new("--study") { Description = "Steps of this study only" };
    static readonly Option<bool> All = new("--all") { Description = "Also steps that have ended" };
    static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on until the step has ended" };

    static readonly JobState[] Moving = [JobState.Waiting, JobState.Ready, JobState.Running, JobState.Failed, JobState.Paused];

    public static Command Build() => Verb.Group("jobs", "Submitted studies: list, show, logs, cancel, retry, pause, resume",
        Ls(), Show(), Logs(),
        Wish("cancel", "Stop for good; checkpoints are kept", (wishes, study, step, cancel) => wishes.Cancel(study, step, cancel)),
        Wish("retry", "Try failed and cancelled steps again", (wishes, study, step, cancel) => wishes.Retry(study, step, cancel)),
        Wish("pause", "Write checkpoints and wait", (wishes, study, step, cancel) => wishes.Pause(study, step, cancel)),
        Wish("resume", "Go on with paused steps", (wishes, study, step, cancel) => wishes.Resume(study, step, cancel)));

    static Command Ls() => Verb.Of("ls", "Studies, the steps that are not done, and workers", [Of, All, WorkerCommands.Database], async (call, cancel) =>
    {
        await using var database = await Open(call, cancel);
        var view = new JobView(database);
        var studies = await view.Studies(cancel);
        var only = call.Get(Of) is { } named ? (await view.Find(named, cancel)).Study : null;
        var steps = await view.Steps(only?.Id, call.Get(All) ? null : Moving, cancel: cancel);
        var workers = (await view.Workers(cancel)).Where(worker => worker.State != "stopped").ToList();
        var shown = studies.Where(study => only is null || study.Id == only.Id).ToList();
        call.Answer(
            new { studies = shown.Select(JobText.Document), steps = steps.Select(JobText.Document), workers = workers.Select(JobText.Document) },
            JobText.Overview(shown, steps, workers));
        return Verb.Done;
    });

    static Command Show() => Verb.Of("show", "One study or step: progress, attempts, what happened", [Job, WorkerCommands.Database], async (call, cancel) =>
    {
        await using var database = await Open(call, cancel);
        var view = new JobView(database);
        var (study, step) = await view.Find(call.Get(Job), cancel);
        if (step is null)
        {
            var steps = await view.Steps(study.Id, cancel: cancel);
            call.Answer(new { study = JobText.Document(study), steps = steps.Select(JobText.Document) }, JobText.Overview([study], steps, []));
            return Verb.Done;
        }
        var events = await view.Events(step.Name, cancel);
        call.Answer(new { study = JobText.Document(study), step = JobText.Document(step), events = events.Select(JobText.Document) }, JobText.Of(step, events));
        return Verb.Done;
    });

    static Command Logs() => Verb.Of("logs", "What a step said, as JSON lines", [Job, Follow, WorkerCommands.Database], async (call, cancel) =>
    {
        await using var database = await Open(call, cancel);
        var view = new JobView(database);
        var (_, step) = await view.Find(call.Get(Job), cancel);
        if (step is null) throw new BadInputException($"'{call.Get(Job)}' is a study: name one of its steps, `flow jobs show {call.Get(Job)}` lists them");
        var path = StepLog.PathOf(call.Store, step.Name);
        if (!call.Get(Follow))
        {
            Print(call, File.Exists(path) ? await File.ReadAllLinesAsync(path, cancel) : []);
            return Verb.Done;
        }
        await foreach (var line in FollowedFile.Lines(path, async () => (await view.Step(step.Name, cancel))?.State is JobState.Running or JobState.Ready or JobState.Waiting, cancel))
            Console.Out.WriteLine(call.Json ? line : JobText.Line(line));
        return Verb.Done;
    });

    static void Print(Call call, string[] lines)
    {
        if (call.Json) Console.Out.WriteLine("[" + string.Join(",", lines) + "]");
        else foreach (var line in lines) Console.Out.WriteLine(JobText.Line(line));
    }

    static Command Wish(string name, string description, Func<Wishes, StudyJob, StepJob?, CancellationToken, Task<int>> wish) =>
        Verb.Of(name, description, [Job, WorkerCommands.Database], async (call, cancel) =>
        {
            await using var database = await Open(call, cancel);
            var (study, step) = await new JobView(database).Find(call.Get(Job), cancel);
            var count = await wish(new Wishes(database), study, step, cancel);
            call.Answer(new { study = study.Name, step = step?.Name, steps = count }, string.Create(CultureInfo.InvariantCulture, $"{name}: {count} steps of '{study.Name}'"));
            return Verb.Done;
        });

    static Task<LedgerDatabase> Open(Call call, CancellationToken cancel) => LedgerDatabase.Open(call.Store, WorkerCommands.DatabaseOf(call), cancel);
}
