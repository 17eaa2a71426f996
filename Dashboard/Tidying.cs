using Flow.Jobs;

namespace Flow.Dashboard;

/// <summary>Keeps queries fast while somebody may look: merges the many small files that runs append.</summary>
sealed class Tidying(Lab lab) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        do await Task.Run(lab.Results.CompactIfMany, stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
