using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Flow.Dashboard.Api;

/// <summary>What runs, as a list and as it changes.</summary>
static class JobsApi
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250), Heartbeat = TimeSpan.FromSeconds(15);

    public static void Map(RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("").WithTags("jobs");
        jobs.MapGet("/steps", (Watch watch) => watch.Steps.Now()).WithSummary("Where each step stands");
        jobs.MapGet("/live", (Watch watch, IHostApplicationLifetime life, CancellationToken cancel) => TypedResults.ServerSentEvents(Follow(watch, life.ApplicationStopping, cancel)))
            .WithSummary("Server-sent events: 'steps' with what has changed, 'heartbeat' when nothing has");
    }

    /// <summary>A server that stops does not wait for pages that are left open.</summary>
    static async IAsyncEnumerable<SseItem<IReadOnlyList<StepLine>>> Follow(Watch watch, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancel);
        var batches = watch.Steps.Follow(Every, Heartbeat, either.Token).GetAsyncEnumerator(either.Token);
        await using var owned = batches;
        while (await Next(batches)) yield return new(batches.Current, batches.Current.Count == 0 ? "heartbeat" : "steps");
    }

    static async Task<bool> Next<T>(IAsyncEnumerator<T> batches)
    {
        try
        {
            return await batches.MoveNextAsync();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
