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
        Wish("cancel", "Stop for good; checkpoints are kept"),
        Wish("retry", "Try failed and cancelled steps again"),
        Wish("pause", "Write checkpoints and wait"),
        Wish("resume", "Go on with paused steps"));

    static Command Ls() => Verb.Of("ls", "Studies, the steps that are not done, and workers", [Of, All, WorkerCommands.Database], async (call, cancel) =>
    {
        await using var view = await JobSource.Open(call, cancel);
        var studies = await view.Studies(cancel);
        var only = call.Get(Of) is { } named ? (await view.Find(named, cancel)).Study : null;
        var steps = await view.Steps(only?.Id, call.Get(All) ? null : Moving, cancel);
        var workers = (await view.Workers(cancel)).Where(worker => worker.State != "stopped").ToList();
        var shown = studies.Where(study => only is null || study.Id == only.Id).ToList();
        call.Answer(
            new { studies = shown.Select(JobText.Document), steps = steps.Select(JobText.Document), workers = workers.Select(JobText.Document) },
            JobText.Overview(shown, steps, workers));
        return Verb.Done;
    });

    static Command Show() => Verb.Of("show", "One study or step: progress, attempts, what happened", [Job, WorkerCommands.Database], async (call, cancel) =>
    {
        await using var view = await JobSource.Open(call, cancel);
        var (study, step) = await view.Find(call.Get(Job), cancel);
        if (step is null)
        {
            var steps = await view.Steps(study.Id, null, cancel);
            call.Answer(new { study = JobText.Document(study), steps = steps.Select(JobText.Document) }, JobText.Overview([study], steps, []));
            return Verb.Done;
        }
        var events = await view.Events(step.Name, cancel);
        call.Answer(new { study = JobText.Document(study), step = JobText.Document(step), events = events.Select(JobText.Document) }, JobText.Of(step, events));
        return Verb.Done;
    });

    static Command Logs() => Verb.Of("logs", "What a step said, as JSON lines", [Job, Follow, WorkerCommands.Database], async (call, cancel) =>
    {
        await using var view = await JobSource.Open(call, cancel);
        var (_, step) = await view.Find(call.Get(Job), cancel);
        if (step is null) throw new BadInputException($"'{call.Get(Job)}' is a study: name one of its steps, `flow jobs show {call.Get(Job)}` lists them");
        if (!call.Get(Follow))
        {
            Print(call, await view.Log(step.Name, cancel));
            return Verb.Done;
        }
        if (view.IsRemote) throw new BadInputException("--follow: a server's log is followed on its pages; without --follow its newest lines are shown");
        var path = StepLog.PathOf(call.Store, step.Name);
        await foreach (var line in FollowedFile.Lines(path, async () => (await view.Find(step.Name, cancel)).Step?.State is JobState.Running or JobState.Ready or JobState.Waiting, cancel))
            Console.Out.WriteLine(call.Json ? line : JobText.Line(line));
        return Verb.Done;
    });

    static void Print(Call call, IReadOnlyList<string> lines)
    {
        if (call.Json) Console.Out.WriteLine("[" + string.Join(",", lines) + "]");
        else foreach (var line in lines) Console.Out.WriteLine(JobText.Line(line));
    }

    static Command Wish(string name, string description) =>
        Verb.Of(name, description, [Job, WorkerCommands.Database], async (call, cancel) =>
        {
            await using var view = await JobSource.Open(call, cancel);
            var (study, step) = await view.Find(call.Get(Job), cancel);
            var count = await view.Wish(name, study, step, cancel);
            call.Answer(new { study = study.Name, step = step?.Name, steps = count }, string.Create(CultureInfo.InvariantCulture, $"{name}: {count} steps of '{study.Name}'"));
            return Verb.Done;
        });
}
