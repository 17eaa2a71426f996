using System.Net;
using System.Text.Json;
using Flow.Domain;
using Flow.Jobs.Observability;
using Xunit;

namespace Flow.Jobs.Tests.Observability;

/// <summary>Issue 8, line 9: what whoever watches a worker's process is answered.</summary>
public sealed class HealthServerTests
{
    [Fact]
    public async Task Readiness_FollowsTheWorker_AndLifeDoesNot()
    {
        var ready = true;
        using var server = new HealthServer(0, () => new Health("w", ready, 2, DateTimeOffset.UnixEpoch));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}") };
        var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(("w", true, 2), (body.GetProperty("worker").GetString(), body.GetProperty("ready").GetBoolean(), body.GetProperty("running").GetInt32()));
        ready = false;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync(new Uri("/readyz", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/healthz", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public void PortThatIsTaken_IsToldByItsOption()
    {
        using var first = new HealthServer(0, () => throw new InvalidOperationException());
        var mistake = Assert.Throws<BadInputException>(() => new HealthServer(first.Port, () => throw new InvalidOperationException()));
        Assert.Contains("--health", mistake.Message, StringComparison.Ordinal);
    }
}
