using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Flow.Jobs.Ledger;

namespace Flow.Dashboard.Api;

/// <summary>What changes, as server-sent events. A page asks for its lists once the stream is open, and lays the changes over them.</summary>
static class LiveApi
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500), Heartbeat = TimeSpan.FromSeconds(15);

    public sealed record Changed(IReadOnlyList<StepJob> Steps, IReadOnlyList<StudyJob> Studies, IReadOnlyList<WorkerJob> Workers);

    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/live", (LedgerWatch watch, IHostApplicationLifetime life, CancellationToken cancel) => TypedResults.ServerSentEvents(Follow(watch, life.ApplicationStopping, cancel)))
        .WithTags("jobs").WithSummary("Server-sent events: 'changed' with steps, studies and workers, 'heartbeat' when nothing has changed");

    /// <summary>A server that stops does not wait for pages that are left open.</summary>
    static async IAsyncEnumerable<SseItem<Changed>> Follow(LedgerWatch watch, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancel);
        await using var batches = watch.Changes.Follow(Every, Heartbeat, either.Token).GetAsyncEnumerator(either.Token);
        while (await Next(batches)) yield return new(Sorted(batches.Current), batches.Current.Count == 0 ? "heartbeat" : "changed");
    }

    static Changed Sorted(IReadOnlyList<object> batch) => new([.. batch.OfType<StepJob>()], [.. batch.OfType<StudyJob>()], [.. batch.OfType<WorkerJob>()]);

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
