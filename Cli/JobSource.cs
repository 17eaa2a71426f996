using Flow.Cli.Commands;
using Flow.Cli.Remote;
using Flow.Domain;
using Flow.Jobs.Ledger;
using Flow.Jobs.Workers;

namespace Flow.Cli;

/// <summary>The jobs that a command looks at: those of a ledger here, or of a server elsewhere.</summary>
public sealed class JobSource : IAsyncDisposable
{
    readonly string store;
    readonly LedgerDatabase? ledger;
    readonly RemoteServer? server;

    JobSource(string store, LedgerDatabase? ledger, RemoteServer? server) => (this.store, this.ledger, this.server) = (store, ledger, server);

    public bool IsRemote => server is not null;

    JobView Here => new(ledger!);

    RemoteJobs There => new(server!);

    /// <exception cref="BadInputException">There is no store: to look must not make one.</exception>
    public static async Task<JobSource> Open(Call call, CancellationToken cancel)
    {
        if (call.Server() is { } server) return new JobSource(call.Store, null, server);
        var database = WorkerCommands.DatabaseOf(call);
        if (database is null && !Directory.Exists(call.Store))
            throw new BadInputException($"there is no store at {call.Store}: submit a study first, or give --store");
        return new JobSource(call.Store, await LedgerDatabase.Open(call.Store, database, cancel), null);
    }

    public Task<IReadOnlyList<StudyJob>> Studies(CancellationToken cancel) => IsRemote ? There.Studies(cancel) : Here.Studies(cancel);

    public Task<IReadOnlyList<WorkerJob>> Workers(CancellationToken cancel) => IsRemote ? There.Workers(cancel) : Here.Workers(cancel);

    /// <param name="study">None for the steps of all.</param>
    /// <param name="states">None for all states.</param>
    public Task<IReadOnlyList<StepJob>> Steps(string? study, IReadOnlyCollection<JobState>? states, CancellationToken cancel) =>
        IsRemote ? There.Steps(study, states, cancel) : Here.Steps(study, states, cancel: cancel);

    public Task<IReadOnlyList<StepEvent>> Events(string step, CancellationToken cancel) => IsRemote ? There.Events(step, cancel) : Here.Events(step, cancel);

    /// <summary>A study and no step, or a step's study and the step.</summary>
    /// <exception cref="BadInputException">Nothing is called so, or several things.</exception>
    public Task<(StudyJob Study, StepJob? Step)> Find(string named, CancellationToken cancel) => IsRemote ? There.Find(named, cancel) : Here.Find(named, cancel);

    /// <summary>What a step said, as JSON lines; of a server its newest ones.</summary>
    public async Task<IReadOnlyList<string>> Log(string step, CancellationToken cancel)
    {
        if (IsRemote) return await There.Log(step, cancel);
        var path = StepLog.PathOf(store, step);
        return File.Exists(path) ? await File.ReadAllLinesAsync(path, cancel) : [];
    }

    /// <param name="wish">cancel, retry, pause or resume.</param>
    /// <returns>How many steps it reached.</returns>
    public Task<int> Wish(string wish, StudyJob study, StepJob? step, CancellationToken cancel) => (IsRemote, wish) switch
    {
        (true, _) => There.Wish(step?.Name ?? study.Id, wish, cancel),
        (_, "cancel") => new Wishes(ledger!).Cancel(study, step, cancel),
        (_, "retry") => new Wishes(ledger!).Retry(study, step, cancel),
        (_, "pause") => new Wishes(ledger!).Pause(study, step, cancel),
        (_, "resume") => new Wishes(ledger!).Resume(study, step, cancel),
        _ => throw new NotSupportedException(wish),
    };

    public async ValueTask DisposeAsync()
    {
        server?.Dispose();
        if (ledger is not null) await ledger.DisposeAsync();
    }
}
