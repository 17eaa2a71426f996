using System.Runtime.CompilerServices;
using Flow.Jobs;
using Flow.Jobs.Views;

namespace Flow.Dashboard.Api;

/// <summary>The data graphs of the steps that run now.</summary>
static class PipelinesApi
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    public static void Map(RouteGroupBuilder api)
    {
        var pipelines = api.MapGroup("/pipelines").WithTags("pipelines");
        pipelines.MapGet("", (Lab lab, KnownStudies studies) => PipelineView.Running(lab, studies, DateTimeOffset.UtcNow)).WithSummary("Blocks, waits and bottleneck of every running training and ingest");
        pipelines.MapGet("/live", (Lab lab, KnownStudies studies, IHostApplicationLifetime life, CancellationToken cancel) =>
                TypedResults.ServerSentEvents(Follow(lab, studies, life.ApplicationStopping, cancel), "pipelines"))
            .WithSummary("Server-sent events: 'pipelines' with all of them every second");
    }

    static async IAsyncEnumerable<IReadOnlyList<PipelineView>> Follow(Lab lab, KnownStudies studies, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancel)
    {
        // A server that stops does not wait for pages that are left open.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancel);
        while (!either.IsCancellationRequested)
        {
            yield return PipelineView.Running(lab, studies, DateTimeOffset.UtcNow);
            await Task.Delay(Every, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
