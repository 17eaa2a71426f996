using Flow.Jobs.Ledger;

namespace Flow.Jobs.Engines;

/// <summary>
/// What carries the names of steps to workers, and the clock of what recurs. Delivery is at least once, to one worker at a time in the
/// ordinary run of things and to several in the worst; only a name crosses, and the ledger decides whether it still means anything.
/// </summary>
public interface IJobEngine : IAsyncDisposable
{
    /// <summary>Whether it keeps what it was given when its last process ends; of one that doesn't, the ledger brings everything back.</summary>
    bool IsDurable { get; }

    /// <summary>Puts names into their queues, in order; a more urgent one overtakes. A name may be given twice, and is then delivered twice.</summary>
    Task Enqueue(IReadOnlyList<Offer> jobs, CancellationToken cancel);

    /// <summary>Names that wait in a queue or are being handled.</summary>
    Task<IReadOnlySet<string>> Queued(Need queue, CancellationToken cancel);

    /// <summary>Takes waiting names out of a queue.</summary>
    Task Delete(Need queue, IReadOnlyCollection<string> names, CancellationToken cancel);

    /// <summary>
    /// Begins to hand names of a queue to this process. A name whose handler threw is gone, like one whose handler returned; one whose
    /// process died is delivered again.
    /// </summary>
    /// <param name="parallel">Handlers at once.</param>
    Task Serve(Need queue, int parallel, Func<string, Task> handle, CancellationToken cancel);

    /// <summary>Begins to fire schedules in this process: each firing once among all processes, in the ordinary run of things.</summary>
    /// <param name="fire">Given the schedule's name and the moment at which it was due.</param>
    Task ServeSchedules(Func<string, DateTimeOffset, Task> fire, CancellationToken cancel);

    /// <summary>Adds a schedule, or changes the one of that name.</summary>
    Task Schedule(Schedule schedule, CancellationToken cancel);

    /// <summary>Ends a schedule; one that isn't there has ended already.</summary>
    Task Unschedule(string name, CancellationToken cancel);

    /// <summary>The schedules as they were given, and when each is due next.</summary>
    Task<IReadOnlyList<(Schedule Schedule, DateTimeOffset? Next)>> Schedules(CancellationToken cancel);
}
