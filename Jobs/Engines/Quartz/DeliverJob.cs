using Quartz;

namespace Flow.Jobs.Engines.Quartz;

/// <summary>Hands a fired trigger to the handler of the scheduler that fired it. The trigger's name carries the step's.</summary>
sealed class DeliverJob : IJob
{
    /// <summary>Where a scheduler keeps its handler.</summary>
    public const string Handler = "handler";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var handle = (Func<string, DateTimeOffset, Task>)context.Scheduler.Context[Handler]!;
        // After its worker died, a job comes back under a trigger of Quartz's own, which remembers the first one.
        var key = context.Recovering ? context.RecoveringTriggerKey! : context.Trigger.Key;
        await handle(key.Name, context.ScheduledFireTimeUtc ?? context.FireTimeUtc);
    }
}
