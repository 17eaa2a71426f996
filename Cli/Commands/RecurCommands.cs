using System.CommandLine;
using Flow.Domain.Text;
using Flow.Jobs;
using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;

namespace Flow.Cli.Commands;

/// <summary>`flow recur ...`: evaluations that workers repeat.</summary>
public static class RecurCommands
{
    static readonly Argument<string> Name = new("name") { Description = "What it is called" };
    static readonly Option<string> Cron = new("--cron") { Description = "minute hour day month weekday, such as \"0 2 * * *\"", Required = true };
    static readonly Option<string> Zone = new("--zone") { Description = "IANA time zone of the fields", DefaultValueFactory = _ => "UTC" };
    static readonly Option<string> Evaluate = new("--evaluate") { Description = "latest (the newest finished training), all, or the label of a run", DefaultValueFactory = _ => Jobs.Workers.RecurringEvaluation.Latest };
    static readonly Option<string> Study = new("--study") { Description = "The study whose trainings are measured, as its evaluations say", Required = true };
    static readonly Option<Misfire> Missed = new("--misfire") { Description = "Firings that were due while no worker ran: once (make up for one) or skip", DefaultValueFactory = _ => Misfire.Once };

    public static Command Build() => Verb.Group("recur", "Evaluations that recur: add, list, remove, pause, resume, run now", Add(), Ls(),
        Change("rm", "End it; its history stays", (recurrences, name, cancel) => recurrences.Remove(name, cancel)),
        Change("pause", "Fire no more until it is resumed", (recurrences, name, cancel) => recurrences.Pause(name, true, cancel)),
        Change("resume", "Fire again", (recurrences, name, cancel) => recurrences.Pause(name, false, cancel)),
        Change("run", "Fire once, now", (recurrences, name, cancel) => recurrences.Request(name, cancel)));

    static Command Add() => Verb.Of("add", "Add one, or change the one of that name", [Name, Cron, Zone, Evaluate, Study, RunCommands.Scale, Missed, WorkerCommands.Database], async (call, cancel) =>
    {
        var file = StudyFile.Find(call.Get(Study));
        var study = file.Read(call.Get(RunCommands.Scale));
        await using var database = await Open(call, cancel);
        var recurrence = new Recurrence
        {
            Name = call.Get(Name),
            Cron = call.Get(Cron),
            TimeZone = call.Get(Zone),
            Evaluate = call.Get(Evaluate),
            Study = study.Name,
            Spec = SpecWriter.Write(study.Spec).ToString(),
            BaseFolder = file.Folder,
            Misfire = call.Get(Missed),
        };
        await new Recurrences(database).Add(recurrence, cancel);
        call.Answer(Document(recurrence, []), $"'{recurrence.Name}' fires at {recurrence.Cron} ({recurrence.TimeZone}) while a worker runs");
        return Verb.Done;
    });

    static Command Ls() => Verb.Of("ls", "What recurs, when it is due, and its latest firings", [WorkerCommands.Database], async (call, cancel) =>
    {
        await using var database = await Open(call, cancel);
        var recurrences = new Recurrences(database);
        var all = new List<(Recurrence Recurrence, IReadOnlyList<Firing> Firings)>();
        foreach (var recurrence in await recurrences.All(cancel)) all.Add((recurrence, await recurrences.Firings(recurrence.Name, cancel: cancel)));
        call.Answer(all.Select(row => Document(row.Recurrence, row.Firings)), all.Count == 0 ? "nothing recurs" : TextTable.Of(
            ["name", "cron", "zone", "evaluate", "study", "next", "last"], all.Select(row => (IReadOnlyList<string>)[
                row.Recurrence.Name, row.Recurrence.Cron, row.Recurrence.TimeZone, row.Recurrence.Evaluate, row.Recurrence.Study,
                row.Recurrence.Paused ? "paused" : $"{Time(row.Recurrence.NextMs):yyyy-MM-dd HH:mm}",
                row.Firings is [var last, ..] ? $"{Time(last.FiredMs):yyyy-MM-dd HH:mm} {last.Outcome}" : "never"])));
        return Verb.Done;
    });

    static Command Change(string name, string description, Func<Recurrences, string, CancellationToken, Task> change) =>
        Verb.Of(name, description, [Name, WorkerCommands.Database], async (call, cancel) =>
        {
            await using var database = await Open(call, cancel);
            await change(new Recurrences(database), call.Get(Name), cancel);
            call.Answer(new { name = call.Get(Name), done = name }, $"{name}: '{call.Get(Name)}'");
            return Verb.Done;
        });

    static object Document(Recurrence recurrence, IReadOnlyList<Firing> firings) => new
    {
        name = recurrence.Name,
        cron = recurrence.Cron,
        time_zone = recurrence.TimeZone,
        evaluate = recurrence.Evaluate,
        study = recurrence.Study,
        misfire = recurrence.Misfire.ToString().ToLowerInvariant(),
        paused = recurrence.Paused,
        next = Time(recurrence.NextMs),
        firings = firings.Select(firing => new { due = Time(firing.DueMs), fired = Time(firing.FiredMs), worker = firing.Worker, outcome = firing.Outcome }),
    };

    static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;

    static Task<LedgerDatabase> Open(Call call, CancellationToken cancel) => LedgerDatabase.Open(call.Store, WorkerCommands.DatabaseOf(call), cancel);
}
