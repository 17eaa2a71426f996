using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Jobs;
using Flow.Jobs.Ledger;

namespace Flow.Cli.Commands;

/// <summary>`flow submit`: a study for the workers.</summary>
public static class SubmitCommand
{
    static readonly Argument<string> Study = new("study") { Description = "A study's file, or the name of one of studies/" };
    static readonly Option<Priority> Urgency = new("--priority") { Description = "low, normal or high", DefaultValueFactory = _ => Priority.Normal };
    static readonly Option<int?> MaxParallel = new("--max-parallel") { Description = "At most so many of its trainings and measurements at once" };

    public static Command Build() => Verb.Of(
        "submit", "Queue a study for workers; what is done already is not run again, what failed is tried again",
        [Study, RunCommands.Scale, Urgency, MaxParallel, WorkerCommands.Database], async (call, cancel) =>
    {
        if (call.Get(MaxParallel) < 1) throw new BadInputException($"--max-parallel: {call.Get(MaxParallel)} is not positive");
        var file = StudyFile.Find(call.Get(Study));
        var plan = Plan.Of(file.Read(call.Get(RunCommands.Scale)));
        await using var database = await LedgerDatabase.Open(call.Store, WorkerCommands.DatabaseOf(call), cancel);
        var id = await new Submissions(database, new Lab(call.Store, 1)).Submit(plan, file.Folder, new SubmitOptions(call.Get(Urgency), call.Get(MaxParallel)), null, cancel);
        var (study, _) = await new JobView(database).Find(id, cancel);
        call.Answer(
            new { study = study.Name, id, steps = study.Total, done = study.Done, ready = study.Ready, waiting = study.Waiting, running = study.Running },
            $"'{study.Name}' is queued: {study.Total} steps, {study.Done} done already, {study.Ready} ready ({id[..12]})");
        return Verb.Done;
    });
}
