using Hangfire;

namespace Flow.Jobs.Engines.Hangfire;

/// <summary>What Hangfire calls. It never tries again by itself: the ledger decides that.</summary>
public sealed class HangfireDelivery(Func<string, DateTimeOffset, Task> handle)
{
    /// <param name="name">A step's.</param>
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    public Task Deliver(string name) => handle(name, DateTimeOffset.UtcNow);

    /// <param name="name">A schedule's.</param>
    /// <param name="line">The schedule itself, kept here so that it can be read back.</param>
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    public Task Fire(string name, string line)
    {
        // Hangfire tells no due time: schedules are in whole minutes, and two deliveries of one firing are in the same.
        var now = DateTimeOffset.UtcNow;
        return handle(name, now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute)));
    }
}
