using System.Threading.Channels;
using Flow.Domain.Planning;
using Flow.Jobs;

namespace Flow.Dashboard;

/// <summary>Studies that a person asked for in the browser, run one after the other in this process.</summary>
public sealed class StudyQueue(Lab lab, Watch watch) : BackgroundService
{
    readonly Channel<(string Name, string? Scale)> asked = Channel.CreateBounded<(string, string?)>(64);

    /// <summary>False when the queue is full.</summary>
    public bool Ask(string name, string? scale) => asked.Writer.TryWrite((name, scale));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (name, scale) in asked.Reader.ReadAllAsync(stoppingToken))
        {
            var file = StudyFile.Find(name);
            var plan = Plan.Of(file.Read(scale));
            await new StudyRunner(lab, watch).Run(plan, file.Folder, stoppingToken);
        }
    }
}
