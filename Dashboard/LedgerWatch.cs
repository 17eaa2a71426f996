using Flow.Jobs.Ledger;

namespace Flow.Dashboard;

/// <summary>
/// Looks at the ledger every second while somebody follows and says what has changed, whichever worker on whichever machine did it: the
/// same pages for one process and for many. One look serves everybody.
/// </summary>
public sealed class LedgerWatch(LedgerDatabase ledger, TimeProvider clock) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    const int MostEvents = 2000;

    public Latest<object> Changes { get; } = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        var last = -1L;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (Changes.Followers == 0) continue;
            try
            {
                last = await Look(last, stoppingToken);
            }
            catch (System.Data.Common.DbException)
            {
                // The database is away: the next look shows what happened meanwhile.
            }
        }
    }

    async Task<long> Look(long last, CancellationToken cancel)
    {
        var view = new JobView(ledger);
        if (last < 0) return await Newest(view, cancel);
        var events = await view.EventsAfter(last, MostEvents, cancel);
        var running = await view.Steps(states: [JobState.Running], cancel: cancel);
        var moved = events.Select(happened => happened.Step).Distinct().Except(running.Select(step => step.Name)).ToHashSet();
        var ended = moved.Count == 0 ? [] : (await view.Steps(cancel: cancel)).Where(step => moved.Contains(step.Name));
        Changes.Update([.. running, .. ended, .. await view.Studies(cancel), .. await view.Workers(cancel)], Key);
        return events.Count > 0 ? events[^1].Id : last;
    }

    /// <summary>What happened before anybody looked is in the lists that a page asks for.</summary>
    static async Task<long> Newest(JobView view, CancellationToken cancel)
    {
        var newest = 0L;
        while (await view.EventsAfter(newest, MostEvents, cancel) is { Count: > 0 } events) newest = events[^1].Id;
        return newest;
    }

    static string Key(object changed) => changed switch
    {
        StepJob step => "step " + step.Name,
        StudyJob study => "study " + study.Id,
        WorkerJob worker => "worker " + worker.Id,
        _ => throw new NotSupportedException(changed.ToString()),
    };
}
