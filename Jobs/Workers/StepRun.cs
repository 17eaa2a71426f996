using System.Data.Common;
using System.Diagnostics;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Workers;

/// <summary>How a leased step's process ended.</summary>
public enum StepEnd
{
    Done,
    Failed,
    Fault,
    HandedBack,

    /// <summary>The lease was lost; somebody else has the step.</summary>
    Overtaken,
}

/// <summary>
/// One leased step: starts its process, keeps the lease, passes on progress and wishes, and writes its end into the ledger. The database may
/// be away for a while: the step goes on until its lease has run out.
/// </summary>
sealed class StepRun(Lab lab, LedgerDatabase database, WorkerOptions options, Lease lease, string device, StepLog log)
{
    const int TerminatedEarly = 143; // SIGTERM before the program could listen to it

    // What a step says is in the ledger within a second, so that a page which looks there every second shows it within two.
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(22);
    static readonly TimeSpan Ask = TimeSpan.FromSeconds(5);

    readonly Claims claims = new(database);
    readonly Endings endings = new(database);
    readonly Stopwatch sinceRenewed = Stopwatch.StartNew();
    StepProgress? latest;
    StepProgress? told;
    ChildMessage? end;
    bool overtaken;

    /// <summary>How many steps its end made ready.</summary>
    public int? Promoted { get; private set; }

    /// <param name="stop">When cancelled, the step writes a checkpoint and is handed back.</param>
    public async Task<(StepEnd End, string? Message)> Run(CancellationToken stop)
    {
        using var child = StepChild.Start(lab, lease, device, options.StepCommand);
        log.Write("started", $"process {child.Id} on {device}, fence {lease.Fence}");
        using var ended = new CancellationTokenSource();
        var keeping = Keep(child, stop, ended.Token);
        await child.Read(message => Hear(child, message), line => log.Write("said", line));
        await ended.CancelAsync();
        await keeping;
        var (how, message) = How(child.ExitCode);
        log.Write(how.ToString().ToLowerInvariant(), message);
        return await Written(how, message) ? (how, message) : (StepEnd.Overtaken, message);
    }

    void Hear(StepChild child, ChildMessage message)
    {
        if (message.Progress is { } progress) latest = progress;
        if (message.Note is { } note) log.Write("note", note);
        if (message.Failed is not null || message.Fault is not null) end = message;
        if (message.Detail is { } detail) log.Write("detail", detail);
        if (message.Ready) _ = Task.Run(() => Answer(child));
    }

    async Task Answer(StepChild child)
    {
        var may = await UntilAnswered(cancel => claims.MayCommit(lease, cancel));
        child.Say(may ? ChildMessage.Commit : ChildMessage.Void);
    }

    /// <summary>Renews the lease, tells progress, and stops the process when it must stop.</summary>
    async Task Keep(StepChild child, CancellationToken stop, CancellationToken ended)
    {
        Stopwatch? stopping = null;
        var sinceTold = Stopwatch.StartNew();
        while (!ended.IsCancellationRequested)
        {
            // Without a word from the database for most of a lease, a checkpoint is written while that is still allowed.
            if (stop.IsCancellationRequested || sinceRenewed.Elapsed > Patience) Stop();
            var news = sinceTold.Elapsed >= TellEvery && latest != told ? latest : null;
            if (news is not null || sinceRenewed.Elapsed >= Lease.Heartbeat)
            {
                var renewal = await Renew(news, ended);
                sinceTold.Restart();
                if (renewal is { Held: true })
                {
                    told = news ?? told;
                    sinceRenewed.Restart();
                    child.Say(ChildMessage.Leased);
                    if (renewal.Value.Wanted is not null) Stop();
                }
                overtaken = renewal is { Held: false } || sinceRenewed.Elapsed > Lease.Duration;
            }
            if (overtaken || stopping?.Elapsed > StopWithin)
            {
                child.Kill();
                return;
            }
            await Task.Delay(Tick, ended).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        void Stop()
        {
            if (stopping is null) child.Say(ChildMessage.Stop);
            stopping ??= Stopwatch.StartNew();
        }
    }

    /// <summary>None while the database can't be asked.</summary>
    async Task<(bool Held, string? Wanted)?> Renew(StepProgress? news, CancellationToken ended)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ended);
        limit.CancelAfter(Ask);
        try
        {
            return await claims.Renew(lease, news, limit.Token);
        }
        catch (Exception away) when (away is DbException or OperationCanceledException or TimeoutException)
        {
            return null;
        }
    }

    (StepEnd, string?) How(int exit) => (exit, overtaken) switch
    {
        (StepProcess.Done, _) => (StepEnd.Done, null),
        (StepProcess.Overtaken, _) or (_, true) => (StepEnd.Overtaken, "another attempt has the step"),
        (StepProcess.HandedBack or StepProcess.Unleased or TerminatedEarly, _) => (StepEnd.HandedBack, null),
        (StepProcess.Failed, _) when end?.Failed is { } failed => (StepEnd.Failed, failed),
        (StepProcess.Faulted, _) when end?.Fault is { } fault => (StepEnd.Fault, fault),
        _ => (StepEnd.Fault, $"the step's process died (exit code {exit}{(exit is 137 or 9 ? ", killed: out of memory?" : exit == 134 ? ", abort" : "")})"),
    };

    Task<bool> Written(StepEnd how, string? message) => how switch
    {
        StepEnd.Done => UntilAnswered(async cancel => (Promoted = await endings.Done(lease, cancel)) is not null),
        StepEnd.Failed => UntilAnswered(cancel => endings.Failed(lease, message!, cancel)),
        StepEnd.Fault => UntilAnswered(cancel => endings.Fault(lease, message!, cancel)),
        StepEnd.HandedBack => UntilAnswered(cancel => endings.HandedBack(lease, cancel)),
        _ => Task.FromResult(false),
    };

    /// <summary>Asks until the database answers, or until the lease has long run out and the answer doesn't matter.</summary>
    async Task<bool> UntilAnswered(Func<CancellationToken, Task<bool>> ask)
    {
        while (sinceRenewed.Elapsed < 2 * Lease.Duration)
        {
            using var limit = new CancellationTokenSource(Ask);
            try
            {
                return await ask(limit.Token);
            }
            catch (Exception away) when (away is DbException or OperationCanceledException or TimeoutException)
            {
                await Task.Delay(Tick);
            }
        }
        return false;
    }
}
