using System.Collections.Concurrent;
using Flow.Jobs.Ledger;
using Quartz;

namespace Flow.Jobs.Engines.Quartz;

/// <summary>
/// Quartz.NET, on PostgreSQL as a cluster or on a file of the store. Quartz knows no queues, so that each queue is a scheduler of its own
/// name on the same tables: a worker starts those that it serves. A step is a trigger that fires once, due since long ago, so that Quartz's
/// order by due time is the order in which steps were queued, the urgent before all others.
/// </summary>
/// <param name="store">Folder of the store; a file engine.db is kept there when there is no server.</param>
/// <param name="server">Connection string of PostgreSQL.</param>
public sealed class QuartzEngine(string store, string? server) : IJobEngine
{
    const string Steps = "steps";
    const string Recurring = "recurring";
    const char Separator = '~';
    static readonly JobKey Deliver = new("deliver");

    // Centuries apart, so that no urgent step ever is due after a less urgent one.
    static readonly Dictionary<Priority, DateTimeOffset> Since = new()
    {
        [Priority.High] = new(1700, 1, 1, 0, 0, 0, TimeSpan.Zero),
        [Priority.Normal] = new(1800, 1, 1, 0, 0, 0, TimeSpan.Zero),
        [Priority.Low] = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero),
    };

    readonly ConcurrentDictionary<string, Lazy<Task<QuartzQueue>>> queues = [];

    public bool IsDurable => true;

    public async Task Enqueue(IReadOnlyList<Offer> jobs, CancellationToken cancel)
    {
        foreach (var queue in jobs.GroupBy(job => job.Need))
            await (await Of(queue.Key)).Add(queue.Select(job => Trigger(job)), cancel);
    }

    public async Task<IReadOnlySet<string>> Queued(Need queue, CancellationToken cancel) =>
        (await (await Of(queue)).Keys(Steps, cancel)).Select(Step).ToHashSet();

    public async Task Delete(Need queue, IReadOnlyCollection<string> names, CancellationToken cancel)
    {
        var scheduler = await Of(queue);
        var doomed = names.ToHashSet();
        await scheduler.Remove((await scheduler.Keys(Steps, cancel)).Where(key => doomed.Contains(Step(key))), cancel);
    }

    public async Task Serve(Need queue, int parallel, Func<string, Task> handle, CancellationToken cancel) =>
        await (await Served(Name(queue), parallel)).Start((trigger, _) => handle(trigger.Split(Separator)[0]), cancel);

    public async Task ServeSchedules(Func<string, DateTimeOffset, Task> fire, CancellationToken cancel) =>
        await (await Served(Recurring, 1)).Start(fire, cancel);

    public async Task Schedule(Schedule schedule, CancellationToken cancel) =>
        await (await Of(Recurring)).Replace(TriggerBuilder.Create().WithIdentity(schedule.Name, Recurring).WithDescription(schedule.ToLine()).ForJob(Deliver).WithSchedule(Cron(schedule)).Build(), cancel);

    /// <summary>A schedule's times, or none when its fields or its time zone can't be understood.</summary>
    public static bool Understands(Schedule schedule)
    {
        try
        {
            Cron(schedule);
            return true;
        }
        catch (Exception mistake) when (mistake is FormatException or TimeZoneNotFoundException or ArgumentException)
        {
            return false;
        }
    }

    static CronScheduleBuilder Cron(Schedule schedule) => CronScheduleBuilder.Create(schedule.Cron, CronFormat.Unix)
        .InTimeZone(TimeZoneInfo.FindSystemTimeZoneById(schedule.TimeZone))
        .WithMisfireInstruction(schedule.Misfire == Misfire.Once ? CronTriggerMisfireInstruction.FireAndProceed : CronTriggerMisfireInstruction.DoNothing);

    public async Task Unschedule(string name, CancellationToken cancel) => await (await Of(Recurring)).Remove([new TriggerKey(name, Recurring)], cancel);

    public async Task<IReadOnlyList<(Schedule Schedule, DateTimeOffset? Next)>> Schedules(CancellationToken cancel) =>
        [.. (await (await Of(Recurring)).Triggers(Recurring, cancel)).Select(trigger =>
            (Engines.Schedule.Read(trigger.Key.Name, trigger.Description ?? ""), trigger.NextFireTimeUtc))];

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(queues.Values.Select(async queue => await (await queue.Value).DisposeAsync()));
        queues.Clear();
    }

    /// <summary>A name may be queued twice, so that a trigger's name has a part of its own.</summary>
    static ITrigger Trigger(Offer job) => TriggerBuilder.Create()
        .WithIdentity($"{job.Name}{Separator}{Guid.NewGuid():N}", Steps)
        .ForJob(Deliver)
        .StartAt(Since[job.Priority] + (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch))
        .WithSchedule(SimpleScheduleBuilder.Create().WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires))
        .Build();

    static string Step(TriggerKey key) => key.Name.Split(Separator)[0];

    static string Name(Need queue) => queue.ToString().ToLowerInvariant();

    Task<QuartzQueue> Of(Need queue) => Of(Name(queue));

    /// <summary>To put names in and look; one that is served has as many threads as it needs instead.</summary>
    Task<QuartzQueue> Of(string queue) => Opened(queue, queues.GetOrAdd(queue, name => Opening(name, 1)));

    async Task<QuartzQueue> Served(string queue, int parallel)
    {
        if (queues.TryRemove(queue, out var idle)) await (await idle.Value).DisposeAsync();
        return await Opened(queue, queues[queue] = Opening(queue, parallel));
    }

    /// <summary>One that could not be opened, because the database was away, is opened anew by the next who asks.</summary>
    async Task<QuartzQueue> Opened(string queue, Lazy<Task<QuartzQueue>> opening)
    {
        try
        {
            return await opening.Value;
        }
        catch
        {
            queues.TryRemove(KeyValuePair.Create(queue, opening));
            throw;
        }
    }

    Lazy<Task<QuartzQueue>> Opening(string queue, int parallel) => new(() => QuartzQueue.Open($"flow-{queue}", Deliver, parallel, store, server));
}
