using Microsoft.Data.Sqlite;
using Npgsql;
using Quartz;

namespace Flow.Jobs.Engines.Quartz;

/// <summary>One scheduler of Quartz: its tables, its threads, and the one job that all its triggers fire.</summary>
sealed class QuartzQueue : IAsyncDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    readonly IScheduler scheduler;
    readonly JobKey job;

    QuartzQueue(IScheduler scheduler, JobKey job) => (this.scheduler, this.job) = (scheduler, job);

    public static async Task<QuartzQueue> Open(string name, JobKey job, int parallel, string store, string? server)
    {
        var scheduler = await QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.ConfigureScheduler(options =>
            {
                options.InstanceName = name;
                options.IdleWaitTime = Poll;
                options.PropagateTraceContext = false;
            });
            quartz.UseDefaultThreadPool(parallel);
            quartz.UsePersistentStore(tables =>
            {
                if (server is not null)
                {
                    tables.UsePostgres(NpgsqlFactory.Instance, server);
                    tables.UseClustering(cluster =>
                    {
                        cluster.CheckinInterval = TimeSpan.FromSeconds(5);
                        cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(15);
                    });
                }
                else
                {
                    tables.UseSqlite(SqliteFactory.Instance, new SqliteConnectionStringBuilder { DataSource = Path.Combine(store, "engine.db"), DefaultTimeout = 30 }.ToString());
                }
                tables.ProvisionSchema();
                tables.ConfigureStore(options => options.DbRetryInterval = TimeSpan.FromSeconds(2));
            });
        }).BuildScheduler();
        try
        {
            await scheduler.AddJob(JobBuilder.Create<DeliverJob>().WithIdentity(job).StoreDurably().RequestRecovery().Build(), AddJobOptions.Replacing);
        }
        catch
        {
            await scheduler.Shutdown(false);
            throw;
        }
        return new QuartzQueue(scheduler, job);
    }

    public async Task Start(Func<string, DateTimeOffset, Task> handle, CancellationToken cancel)
    {
        scheduler.Context[DeliverJob.Handler] = handle;
        await scheduler.Start(cancel);
    }

    public async Task Add(IEnumerable<ITrigger> triggers, CancellationToken cancel)
    {
        var detail = await scheduler.GetJobDetail(job, cancel) ?? throw new InvalidOperationException($"{scheduler.SchedulerName} has lost its job");
        await scheduler.ScheduleJobs(new Dictionary<IJobDetail, IReadOnlyCollection<ITrigger>> { [detail] = [.. triggers] }, ScheduleJobOptions.Replacing, cancel);
    }

    public async Task Replace(ITrigger trigger, CancellationToken cancel) => await scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, cancel);

    public async Task Remove(IEnumerable<TriggerKey> keys, CancellationToken cancel)
    {
        foreach (var chunk in keys.Chunk(500)) await scheduler.UnscheduleJobs(chunk, cancel);
    }

    public async Task<IEnumerable<TriggerKey>> Keys(string group, CancellationToken cancel) =>
        (await scheduler.QueryTriggers(new TriggerQuery { Group = GroupMatcher<TriggerKey>.GroupEquals(group), Take = PagedQuery.All }, cancel)).Items.Select(trigger => trigger.Key);

    public async Task<IReadOnlyCollection<ITrigger>> Triggers(string group, CancellationToken cancel) =>
        await scheduler.GetTriggers([.. await Keys(group, cancel)], cancel);

    /// <summary>Waits for the handlers that run.</summary>
    public async ValueTask DisposeAsync() => await scheduler.Shutdown(true);
}
