using Flow.Jobs.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>
/// Issue 9, line 4: a page that is left open neither leaks nor falls behind. An hour of it holds 3,600 looks at the ledger with some
/// running steps each; here as many changes of steps come in half a minute, and what the page and the server hold is measured before and after.
/// </summary>
[Collection(Alone.Name)]
public sealed class LongVisitTests(Chromium chromium, ServedOnce once, ITestOutputHelper output) : IClassFixture<Chromium>, IClassFixture<ServedOnce>
{
    const int Steps = 100, Warm = 5, Rounds = 40;

    [Fact]
    public async Task PageLeftOpen_ShowsTheNewest_AndHoldsNoMoreThanBefore()
    {
        var watch = once.Served.Services.GetRequiredService<LedgerWatch>();
        await using var watched = await chromium.Open(once.Served.Address);
        await watched.Go("/");
        var session = await watched.Page.Context.NewCDPSessionAsync(watched.Page);
        await session.SendAsync("Performance.enable");
        while (watch.Changes.Followers == 0) await Task.Delay(20);

        await Show(watched, watch, 0, Warm);
        var before = await Held(session);
        await Show(watched, watch, Warm, Rounds);
        var after = await Held(session);
        output.WriteLine($"before {before}, after {Steps * Rounds} changes {after}");
        Assert.InRange(after.Nodes, 0, before.Nodes + 500);
        Assert.InRange(after.Listeners, 0, before.Listeners + 50);
        Assert.InRange(after.Bytes, 0, before.Bytes + (4 << 20));
        Assert.InRange(after.ServerBytes, 0, before.ServerBytes + (32 << 20));
        watched.HasNoFault();
    }

    /// <summary>Each round every step has moved on, many times over; the page is to show the last of it.</summary>
    static async Task Show(WatchedPage watched, LedgerWatch watch, int from, int to)
    {
        for (var round = from; round < to; round++)
        {
            for (var at = 1; at <= 25; at++) watch.Changes.Update([.. Enumerable.Range(0, Steps).Select(i => Step(i, round * 25 + at))], step => ((StepJob)step).Name);
            await Assertions.Expect(watched.Page.GetByText($"at {(round + 1) * 25}", new() { Exact = true })).ToHaveCountAsync(Steps);
        }
    }

    static StepJob Step(int i, int at) => new()
    {
        Name = i.ToString("x64", null),
        Label = $"step {i}",
        State = JobState.Running,
        Detail = $"at {at}",
        Fraction = 0.5,
    };

    sealed record Measured(double Bytes, double Nodes, double Listeners, long ServerBytes);

    /// <summary>What the browser and this process hold once everything that nothing refers to is gone.</summary>
    static async Task<Measured> Held(ICDPSession session)
    {
        for (var i = 0; i < 3; i++) await session.SendAsync("HeapProfiler.collectGarbage");
        var metrics = (await session.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics").EnumerateArray()
            .ToDictionary(metric => metric.GetProperty("name").GetString()!, metric => metric.GetProperty("value").GetDouble());
        return new Measured(metrics["JSHeapUsedSize"], metrics["Nodes"], metrics["JSEventListeners"], GC.GetTotalMemory(forceFullCollection: true));
    }
}
