using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Flow.Jobs.Engines;
using Flow.TestData;
using Xunit;

namespace Flow.Dashboard.Tests.Security;

/// <summary>Issue 9, line 5: Hangfire's own dashboard, inside the same login, with our pages in its menu.</summary>
public sealed partial class HangfirePagesTests : IAsyncLifetime
{
    const string Operator = "operator-token-of-the-test", Viewer = "viewer-token-of-the-test";

    Served served = null!;

    public async Task InitializeAsync() => served = await Served.Start(new AccessTokens(Operator, Viewer));

    public async Task DisposeAsync() => await served.DisposeAsync();

    [HangfireFact]
    public async Task Stranger_IsSentToTheLoginForm()
    {
        var answer = await served.Client.GetAsync("/hangfire/recurring");
        Assert.Equal("/", answer.RequestMessage!.RequestUri!.AbsolutePath);
        As("not-the-token-of-anybody");
        Assert.NotEqual(HttpStatusCode.OK, (await served.Client.GetAsync("/hangfire")).StatusCode);
    }

    [HangfireFact]
    public async Task Menu_LeadsToOurPages()
    {
        As(Viewer);
        var page = await served.Client.GetStringAsync("/hangfire");
        Assert.Contains("href=\"/enqueue\"", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/recurring\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain(served.Store, page, StringComparison.Ordinal);
    }

    [HangfireFact]
    public async Task Recurrence_IsFiredByTheOperatorWithTheFormsToken_AndByNobodyElse()
    {
        await using var engine = JobEngines.Open("hangfire", served.Store, null);
        await engine.Schedule(new Schedule("nightly", "0 2 * * *", "UTC", Misfire.Once), default);
        As(Viewer);
        Assert.Equal(HttpStatusCode.Unauthorized, await Fire(await FormToken()));
        As(Operator);
        Assert.Equal(HttpStatusCode.Forbidden, await Fire(null));
        Assert.DoesNotContain("HangfireDelivery.Fire", await served.Client.GetStringAsync("/hangfire/jobs/enqueued/recurring"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, await Fire(await FormToken()));
        Assert.Contains("HangfireDelivery.Fire", await served.Client.GetStringAsync("/hangfire/jobs/enqueued/recurring"), StringComparison.Ordinal);
    }

    void As(string token) => served.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

    async Task<string> FormToken()
    {
        var page = await served.Client.GetStringAsync("/hangfire/recurring");
        Assert.Contains("nightly", page, StringComparison.Ordinal);
        return Token().Match(page).Groups[1].Value;
    }

    async Task<HttpStatusCode> Fire(string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hangfire/recurring/trigger") { Content = new FormUrlEncodedContent([new("jobs[]", "nightly")]) };
        if (token is not null) request.Headers.Add("RequestVerificationToken", token);
        return (await served.Client.SendAsync(request)).StatusCode;
    }

    [GeneratedRegex("name=\"csrf-token\" content=\"([^\"]+)\"")]
    private static partial Regex Token();
}
