using System.CommandLine;
using Flow.Cli.Remote;
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
        using var server = call.Server();
        if (server is not null) return await ToServer(call, server, cancel);
        var file = StudyFile.Find(call.Get(Study));
        var plan = Plan.Of(file.Read(call.Get(RunCommands.Scale)));
        await using var database = await LedgerDatabase.Open(call.Store, WorkerCommands.DatabaseOf(call), cancel);
        var id = await new Submissions(database, new Lab(call.Store, 1)).Submit(plan, file.Folder, new SubmitOptions(call.Get(Urgency), call.Get(MaxParallel)), null, cancel);
        var (study, _) = await new JobView(database).Find(id, cancel);
        return Answered(call, study);
    });

    sealed record Receipt(string Id, string Name);

    /// <summary>A file's text goes along; a name is the server's own study.</summary>
    static async Task<int> ToServer(Call call, RemoteServer server, CancellationToken cancel)
    {
        var given = call.Get(Study);
        var receipt = await server.Post<Receipt>("studies/submit", new
        {
            study = File.Exists(given) ? null : given,
            spec = File.Exists(given) ? await File.ReadAllTextAsync(given, cancel) : null,
            scale = call.Get(RunCommands.Scale),
            priority = call.Get(Urgency),
            max_parallel = call.Get(MaxParallel),
        }, cancel);
        var (study, _) = await new RemoteJobs(server).Find(receipt.Id, cancel);
        return Answered(call, study);
    }

    static int Answered(Call call, StudyJob study)
    {
        call.Answer(
            new { study = study.Name, id = study.Id, steps = study.Total, done = study.Done, ready = study.Ready, waiting = study.Waiting, running = study.Running },
            $"'{study.Name}' is queued: {study.Total} steps, {study.Done} done already, {study.Ready} ready ({study.Id[..12]})");
        return Verb.Done;
    }
}
