using System.Collections.Concurrent;
using Flow.Jobs.Ledger;
using Hangfire;
using Hangfire.Common;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.States;
using Hangfire.Storage;

namespace Flow.Jobs.Engines.Hangfire;

/// <summary>
/// Hangfire, on PostgreSQL or in the memory of one process. Its queues are looked through in alphabetical order, so that each queue of ours
/// is three of its: the urgent one first.
/// </summary>
/// <param name="store">Names the memory that engines of one process share.</param>
/// <param name="server">Connection string of PostgreSQL; none to keep the queues in memory.</param>
public sealed class HangfireEngine(string store, string? server) : IJobEngine
{
    const string Recurring = "recurring";
    const int Page = 1000;
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), Lateness = TimeSpan.FromSeconds(30);
    static readonly ConcurrentDictionary<string, InMemoryStorage> memories = [];

    readonly List<BackgroundJobServer> servers = [];

    public JobStorage Storage { get; } = server is null ? memories.GetOrAdd(store, _ => new InMemoryStorage()) : OnServer(server);

    public bool IsDurable => server is not null;

    public Task Enqueue(IReadOnlyList<Offer> jobs, CancellationToken cancel)
    {
        var client = new BackgroundJobClient(Storage);
        foreach (var job in jobs)
            client.Create(Job.FromExpression<HangfireDelivery>(delivery => delivery.Deliver(job.Name)), new EnqueuedState(Queue(job.Need, job.Priority)));
        return Task.CompletedTask;
    }

    public Task<IReadOnlySet<string>> Queued(Need queue, CancellationToken cancel)
    {
        var monitor = Storage.GetMonitoringApi();
        var handled = Pages((from, count) => monitor.ProcessingJobs(from, count)).Select(job => NameOf(job.Value?.Job));
        return Task.FromResult<IReadOnlySet<string>>(Waiting(queue).Select(job => job.Name).Concat(handled).OfType<string>().ToHashSet());
    }

    public Task Delete(Need queue, IReadOnlyCollection<string> names, CancellationToken cancel)
    {
        var client = new BackgroundJobClient(Storage);
        var doomed = names.ToHashSet();
        foreach (var (id, name) in Waiting(queue).ToList())
            if (name is not null && doomed.Contains(name)) client.Delete(id);
        return Task.CompletedTask;
    }

    public Task Serve(Need queue, int parallel, Func<string, Task> handle, CancellationToken cancel) =>
        Serve([.. Enum.GetValues<Priority>().Order().Reverse().Select(priority => Queue(queue, priority))], parallel, (name, _) => handle(name));

    public Task ServeSchedules(Func<string, DateTimeOffset, Task> fire, CancellationToken cancel) => Serve([Recurring], 1, fire);

    public Task Schedule(Schedule schedule, CancellationToken cancel)
    {
        new RecurringJobManager(Storage).AddOrUpdate(
            schedule.Name,
            Job.FromExpression<HangfireDelivery>(delivery => delivery.Fire(schedule.Name, schedule.ToLine()), Recurring),
            schedule.Cron,
            new RecurringJobOptions
            {
                TimeZone = TimeZoneInfo.FindSystemTimeZoneById(schedule.TimeZone),
                MisfireHandling = schedule.Misfire == Misfire.Once ? MisfireHandlingMode.Relaxed : MisfireHandlingMode.Ignorable,
            });
        return Task.CompletedTask;
    }

    public Task Unschedule(string name, CancellationToken cancel)
    {
        new RecurringJobManager(Storage).RemoveIfExists(name);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<(Schedule Schedule, DateTimeOffset? Next)>> Schedules(CancellationToken cancel)
    {
        using var connection = Storage.GetConnection();
        return Task.FromResult<IReadOnlyList<(Schedule, DateTimeOffset?)>>([.. connection.GetRecurringJobs()
            .Where(job => job.Job?.Args.Count == 2)
            .Select(job => (Engines.Schedule.Read(job.Id, (string)job.Job.Args[1]), job.NextExecution is { } next ? new DateTimeOffset(DateTime.SpecifyKind(next, DateTimeKind.Utc)) : (DateTimeOffset?)null))]);
    }

    /// <summary>Waits for the handlers that run.</summary>
    public ValueTask DisposeAsync()
    {
        foreach (var running in servers) running.SendStop();
        foreach (var running in servers) running.Dispose();
        servers.Clear();
        return ValueTask.CompletedTask;
    }

    Task Serve(string[] queues, int parallel, Func<string, DateTimeOffset, Task> handle)
    {
        servers.Add(new BackgroundJobServer(
            new BackgroundJobServerOptions
            {
                Queues = queues,
                WorkerCount = parallel,
                // A firing counts as missed when it is late by two of these.
                SchedulePollingInterval = Lateness / 2,
                ShutdownTimeout = TimeSpan.FromSeconds(29),
                Activator = new DeliveryActivator(new HangfireDelivery(handle)),
            },
            Storage));
        return Task.CompletedTask;
    }

    IEnumerable<(string Id, string? Name)> Waiting(Need queue)
    {
        var monitor = Storage.GetMonitoringApi();
        return Enum.GetValues<Priority>().SelectMany(priority => Pages((from, count) => monitor.EnqueuedJobs(Queue(queue, priority), from, count)))
            .Where(job => job.Value?.State == EnqueuedState.StateName).Select(job => (job.Key, NameOf(job.Value.Job)));
    }

    static IEnumerable<KeyValuePair<string, T>> Pages<T>(Func<int, int, IEnumerable<KeyValuePair<string, T>>> page)
    {
        for (var from = 0; ; from += Page)
        {
            var rows = page(from, Page).ToList();
            foreach (var row in rows) yield return row;
            if (rows.Count < Page) yield break;
        }
    }

    static string? NameOf(Job? job) => job is { Args: [string name] } ? name : null;

    static string Queue(Need need, Priority priority) => $"{need.ToString().ToLowerInvariant()}-{Priority.High - priority}";

    static PostgreSqlStorage OnServer(string connection)
    {
        var options = new PostgreSqlStorageOptions { QueuePollInterval = Poll, UseSlidingInvisibilityTimeout = true, InvisibilityTimeout = TimeSpan.FromMinutes(1) };
        return new PostgreSqlStorage(new NpgsqlConnectionFactory(connection, options), options);
    }

    sealed class DeliveryActivator(HangfireDelivery delivery) : JobActivator
    {
        public override object ActivateJob(Type jobType) => delivery;
    }
}
