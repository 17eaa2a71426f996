using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;
using Flow.Jobs.Observability;

namespace Flow.Jobs.Workers;

/// <summary>
/// Runs steps of submitted studies until it is stopped. The engine brings names, the ledger decides, each step runs in a process of its own.
/// A database that is away for a while stops nothing that runs; every loop here tries again.
/// </summary>
public sealed class Worker : IAsyncDisposable
{
    static readonly TimeSpan DispatchEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan ReconcileEvery = TimeSpan.FromMinutes(1);
    static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);

    readonly Lab lab;
    readonly LedgerDatabase database;
    readonly IJobEngine engine;
    readonly WorkerOptions options;
    readonly WorkerLog log;
    readonly DeviceSlots devices;
    readonly Reconciler reconciler;
    readonly RecurrenceRunner recurrences;
    readonly string host = Environment.MachineName;
    readonly CancellationTokenSource stop = new();
    readonly List<Task> loops = [];
    readonly ConcurrentDictionary<StepEnd, int> ended = new(Enum.GetValues<StepEnd>().Select(end => KeyValuePair.Create(end, 0)));
    readonly HealthServer? healthServer;
    readonly IDisposable? telemetry;
    int running;
    DateTimeOffset lastBeat;

    Worker(Lab lab, LedgerDatabase database, IJobEngine engine, WorkerOptions options, TextWriter writer)
    {
        (this.lab, this.database, this.engine, this.options) = (lab, database, engine, options);
        Id = $"{host}-{Environment.ProcessId}-{Guid.NewGuid():N}"[..Math.Min(60, host.Length + 20)];
        log = new WorkerLog(writer, Id, options.JsonLog);
        devices = new DeviceSlots(options);
        reconciler = new Reconciler(database, engine, lab);
        recurrences = new RecurrenceRunner(database, engine, lab, Id);
        telemetry = JobTelemetry.Export(Id);
        if (options.HealthPort is { } port) healthServer = new HealthServer(port, () => Health);
    }

    public string Id { get; }

    /// <summary>How many of its steps have ended so.</summary>
    public IReadOnlyDictionary<StepEnd, int> Ended => ended;

    /// <summary>What it says of itself now.</summary>
    public Health Health => new(Id, DateTimeOffset.UtcNow - lastBeat < Lease.Duration && !stop.IsCancellationRequested, running, lastBeat);

    /// <summary>Opens ledger and engine and begins to take steps. A database that is away is waited for.</summary>
    /// <param name="writer">Where its log goes.</param>
    public static async Task<Worker> Start(Lab lab, WorkerOptions options, TextWriter writer, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return await Once(lab, options, writer, cancel);
            }
            catch (Exception away) when (options.Database is not null && LedgerDatabase.IsAway(away))
            {
                new WorkerLog(writer, Environment.MachineName, options.JsonLog).Write("waiting", text: $"the database is away: {away.Message}");
                await Task.Delay(AskAgain, cancel);
            }
        }
    }

    static async Task<Worker> Once(Lab lab, WorkerOptions options, TextWriter writer, CancellationToken cancel)
    {
        var database = await LedgerDatabase.Open(lab.Root, options.Database, cancel);
        var worker = new Worker(lab, database, JobEngines.Open(options.Engine, lab.Root, LedgerDatabase.Connection(options.Database)), options, writer);
        try
        {
            await worker.Begin(cancel);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes no more steps, has those that run write checkpoints and hands them back: in under half a minute.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested) return;
        log.Write("stopping", text: running == 0 ? null : $"{running} steps hand back");
        await stop.CancelAsync();
        await Forgiving("engine", async () =>
        {
            await engine.DisposeAsync();
            return 0;
        });
        await Task.WhenAll(loops);
        await Forgiving("stopping", () => new WorkerRegistry(database).Stopped(Id));
        await database.DisposeAsync();
        log.Write("stopped");
        healthServer?.Dispose();
        telemetry?.Dispose();
        stop.Dispose();
    }

    async Task Begin(CancellationToken cancel)
    {
        await Beat();
        foreach (var queue in options.Queues)
            await engine.Serve(queue, queue == Need.Gpu ? options.Devices.Count : options.Slots, name => Handle(queue, name), cancel);
        await engine.ServeSchedules((name, due) => Forgiving("recurrence", () => Fire(name, due)), cancel);
        log.Write("started", text: $"queues {string.Join(",", options.Queues).ToLowerInvariant()}, devices {string.Join(",", options.Devices)}{(healthServer is null ? "" : $", health on port {healthServer.Port}")}");
        loops.Add(Every(DispatchEvery, "dispatch", () => reconciler.Dispatch(stop.Token)));
        loops.Add(Every(SweepEvery, "sweep", Sweep));
        loops.Add(Every(ReconcileEvery, "reconcile", Reconcile));
    }

    async Task Handle(Need queue, string name)
    {
        string? device = null;
        try
        {
            device = await devices.Take(queue, stop.Token);
            var asked = Stopwatch.GetTimestamp();
            var lease = await new Claims(database).Claim(name, Id, Key(queue, device), stop.Token);
            JobTelemetry.ClaimSeconds.Record(Stopwatch.GetElapsedTime(asked).TotalSeconds);
            if (lease is not null) await Run(queue, lease, device);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The engine counts it as handled: the others are to be given it at once.
            await Forgiving("withdraw", () => new Claims(database).Withdraw([name]));
        }
        catch (Exception fault) when (fault is DbException or TimeoutException or OperationCanceledException)
        {
            log.Write("not claimed", name, fault.Message); // the reconciler offers it again
        }
        finally
        {
            if (device is not null) devices.Return(queue, device);
        }
    }

    async Task Run(Need queue, Lease lease, string device)
    {
        var clock = Stopwatch.StartNew();
        var kind = new KeyValuePair<string, object?>("kind", lease.Kind);
        using var trace = JobTelemetry.Traces.StartActivity($"step {lease.Kind}", ActivityKind.Consumer)?.SetTag("flow.step", lease.Step).SetTag("flow.study", lease.Study).SetTag("flow.attempt", lease.Attempt);
        Interlocked.Increment(ref running);
        JobTelemetry.Running.Add(1, kind);
        log.Write("step started", lease.Step, $"{lease.Label}, attempt {lease.Attempt}");
        try
        {
            var run = new StepRun(lab, database, options, lease, queue == Need.Gpu ? device : "", new StepLog(lab.Root, lease.Step, Id, lease.Attempt));
            var (end, message) = await run.Run(stop.Token);
            ended.AddOrUpdate(end, 1, (_, before) => before + 1);
            JobTelemetry.Ended.Add(1, kind, new("end", end.ToString()));
            JobTelemetry.Seconds.Record(clock.Elapsed.TotalSeconds, kind);
            trace?.SetTag("flow.end", end.ToString()).SetStatus(end is StepEnd.Failed or StepEnd.Fault ? ActivityStatusCode.Error : ActivityStatusCode.Ok, message);
            log.Write($"step {end.ToString().ToLowerInvariant()}", lease.Step, message ?? lease.Label, clock.Elapsed.TotalSeconds);
            var ready = run.Promoted ?? 0;
            if (end is StepEnd.Done or StepEnd.Failed) await Forgiving("judge", async () => ready += await new Agreement(database, lab).JudgeAfter(lease.Step));
            // What became ready need not wait for the next round; a queue that runs low is filled by that.
            if (ready > 0) await Forgiving("dispatch", () => reconciler.Dispatch(stop.Token));
        }
#pragma warning disable CA1031 // a step whose process can't be started is a fault of this machine
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            ended.AddOrUpdate(StepEnd.Fault, 1, (_, before) => before + 1);
            log.Write("step fault", lease.Step, fault.Message);
            await Forgiving("fault", async () => await new Endings(database).Fault(lease, fault.Message) ? 1 : 0);
        }
        finally
        {
            Interlocked.Decrement(ref running);
            JobTelemetry.Running.Add(-1, kind);
        }
    }

    async Task<int> Sweep()
    {
        await Beat();
        foreach (var step in await reconciler.Expire(stop.Token))
        {
            JobTelemetry.Expired.Add(1);
            log.Write("lease ran out", step);
        }
        await recurrences.Agree(stop.Token);
        return 0;
    }

    async Task<int> Fire(string name, DateTimeOffset due)
    {
        if (await recurrences.Fire(name, due, stop.Token) is { } outcome) log.Write("recurrence", text: $"{name}: {outcome}");
        return 0;
    }

    async Task<int> Reconcile()
    {
        if (await reconciler.Reconcile(stop.Token) is { Length: > 0 } found) log.Write("reconciled", text: found);
        return 0;
    }

    async Task Beat()
    {
        await new WorkerRegistry(database).Beat(new WorkerJob
        {
            Id = Id,
            Host = host,
            Pid = Environment.ProcessId,
            Queues = string.Join(",", options.Queues).ToLowerInvariant(),
            Devices = string.Join(",", options.Devices),
        }, ThisProcess.Place, ThisProcess.Name, stop.Token);
        lastBeat = DateTimeOffset.UtcNow;
    }

    async Task Every(TimeSpan pause, string what, Func<Task<int>> work)
    {
        while (!stop.IsCancellationRequested)
        {
            await Forgiving(what, work);
            await Task.Delay(pause, stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>What fails now is done again later, by this loop or another; a worker must outlive the faults of its surroundings.</summary>
    async Task Forgiving(string what, Func<Task<int>> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // told, and tried again
        catch (Exception fault)
#pragma warning restore CA1031
        {
            log.Write("fault", text: $"{what}: {fault.Message}");
        }
    }

    /// <summary>An accelerator is the machine's; a share of the cores or a slot is this worker's own.</summary>
    string Key(Need queue, string device) => queue == Need.Gpu && WorkerOptions.IsAccelerator(device) ? $"{host}/{device}" : $"{Id}/{device}";
}
