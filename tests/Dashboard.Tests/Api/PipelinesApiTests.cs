using System.Net.ServerSentEvents;
using System.Text.Json;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs;
using Xunit;

namespace Flow.Dashboard.Tests.Api;

/// <summary>The data graph of a training that runs now, and what a finished one leaves.</summary>
public sealed class PipelinesApiTests : IAsyncLifetime
{
    const string LongTraining = """
        { "name": "long", "codec": { "like": "tiny", "fitOn": ["photos"], "fitSamples": 24 },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 24 } },
          "run": { "model": "tiny-d48-l2", "stages": [{ "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 1000000, "batch": 8 } }] } }
        """;

    Served served = null!;

    public async Task InitializeAsync() => served = await Served.Start();

    public async Task DisposeAsync() => await served.DisposeAsync();

    sealed class Quiet : IProgress<StudyEvent>
    {
        public void Report(StudyEvent value) { }
    }

    [Fact]
    public async Task RunningTraining_StreamsItsBlocksWaitsAndVerdict_AndItsCurveGrows()
    {
        var plan = Plan.Of(StudyText.Read(LongTraining).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
        using var stop = new CancellationTokenSource();
        var running = new StudyRunner(new Lab(served.Store, 1), new Quiet()).Run(plan, served.Store, stop.Token);
        var seen = await FirstGraph();
        Assert.Equal(("long", "long"), (seen.GetProperty("study").GetString(), seen.GetProperty("run").GetString()));
        var graph = seen.GetProperty("graph");
        Assert.Equal(["read", "slice", "fill", "train"], graph.GetProperty("blocks").EnumerateArray().Select(block => block.GetProperty("name").GetString()));
        Assert.InRange(graph.GetProperty("wait_share").GetDouble(), 0, 1);
        Assert.True(graph.GetProperty("samples_per_second").GetDouble() > 0);
        Assert.NotEqual("", graph.GetProperty("verdict").GetString());
        var step = seen.GetProperty("step").GetString()!;
        // The curve is there before the first checkpoint.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await served.Get($"/api/curves/{step}")).GetProperty("last").GetInt64() == 0) await Task.Delay(200, limit.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty((await served.Get("/api/pipelines")).EnumerateArray());
    }

    /// <summary>Of the live stream, the first training's graph through which batches have passed.</summary>
    async Task<JsonElement> FirstGraph()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await using var stream = await served.Client.GetStreamAsync("/api/pipelines/live", limit.Token);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(limit.Token))
            foreach (var view in JsonDocument.Parse(item.Data).RootElement.EnumerateArray())
                if (view.GetProperty("graph").GetProperty("samples").GetInt64() > 0 && view.GetProperty("graph").GetProperty("wait_share").ValueKind == JsonValueKind.Number)
                    return view;
        throw new InvalidOperationException("the stream ended");
    }
}
