using System.Net;
using Flow.Domain;
using Xunit;

namespace Flow.Dashboard.Tests.Security;

/// <summary>A server without tokens: on loopback only, and closed to every other page of the browser.</summary>
public sealed class OpenServerTests(ServedOnce once) : IClassFixture<ServedOnce>
{
    readonly Served served = once.Served;

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/api/session")]
    [InlineData("/api/nothing")]
    public async Task EveryAnswer_CarriesTheHeaders(string path)
    {
        var answer = await served.Client.GetAsync(path);
        string Header(string name) => answer.Headers.GetValues(name).Single();
        var policy = Header("Content-Security-Policy");
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("DENY", Header("X-Frame-Options"));
        Assert.Equal("no-referrer", Header("Referrer-Policy"));
        Assert.Equal("same-origin", Header("Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header("Cross-Origin-Resource-Policy"));
        Assert.Contains("camera=()", Header("Permissions-Policy"), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Server"));
        Assert.Equal("127.0.0.1", served.Address.Host);
    }

    [Fact]
    public async Task Page_LoadsNothingFromElsewhere()
    {
        var page = await served.Client.GetStringAsync("/");
        Assert.Contains("/app.js", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, null)] // a form or image of a foreign page can't set the header
    [InlineData("1", "https://attacker.example", null)]
    [InlineData("1", "null", null)]
    [InlineData("1", null, "cross-site")]
    [InlineData("1", null, "same-site")]
    public async Task ChangeByAForeignPage_IsRefused(string? header, string? origin, string? site)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/studies/submit") { Content = new StringContent("{\"study\":\"demo\"}", System.Text.Encoding.UTF8, "application/json") };
        if (header is not null) request.Headers.Add("X-Flow-Request", header);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        Assert.Equal(HttpStatusCode.Forbidden, (await served.Client.SendAsync(request)).StatusCode);
    }

    /// <summary>It could not read the answer, but a query costs seconds of this machine.</summary>
    [Theory]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", HttpStatusCode.OK)]
    [InlineData("none", HttpStatusCode.OK)]
    public async Task QuestionByAForeignPage_IsNotAnswered(string site, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/query/export?format=csv&sql=select%201");
        request.Headers.Add("Sec-Fetch-Site", site);
        Assert.Equal(status, (await served.Client.SendAsync(request)).StatusCode);
    }

    /// <summary>Before a proxy with TLS the page's address is https and this server's is not.</summary>
    [Fact]
    public async Task OwnPageBeforeAProxy_MayChange()
    {
        using var request = Served.Change(HttpMethod.Post, "/api/studies/check", new { study = "demo" });
        request.Headers.Add("Origin", $"https://{served.Address.Authority}");
        request.Headers.Add("X-Forwarded-Proto", "https");
        Assert.Equal(HttpStatusCode.OK, (await served.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task ForeignPage_IsGivenNoLeaveToReadOrPreflight()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/api/studies/submit");
        request.Headers.Add("Origin", "https://attacker.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "x-flow-request");
        var answer = await served.Client.SendAsync(request);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Headers"));
    }

    [Theory]
    [InlineData("attacker.example")]
    [InlineData("127.0.0.1.attacker.example")]
    public async Task ReboundName_IsRefused(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/session");
        request.Headers.Host = host;
        Assert.Equal(HttpStatusCode.BadRequest, (await served.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task RequestOfTwoMegabytes_IsRefused()
    {
        var answer = await served.Send(HttpMethod.Post, "/api/query", new { sql = new string(' ', 2 << 20), rows = 1 });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.168.1.5")]
    [InlineData("::")]
    public void BeyondLoopbackWithoutAToken_ItDoesNotStart(string address)
    {
        var refused = Assert.Throws<BadInputException>(() => new DashboardOptions(IPAddress.Parse(address), 0, AccessTokens.None).Checked());
        Assert.Contains("FLOW_TOKEN", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShortToken_IsRefused() => Assert.Throws<BadInputException>(() => new AccessTokens("secret", null));
}
