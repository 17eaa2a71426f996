using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace Flow.Dashboard.Tests.Security;

/// <summary>A server with tokens: nobody gets in without one, and a viewer changes nothing.</summary>
public sealed class LoginTests : IAsyncLifetime
{
    const string Operator = "operator-token-of-the-test", Viewer = "viewer-token-of-the-test";

    Served served = null!;

    public async Task InitializeAsync() => served = await Served.Start(new AccessTokens(Operator, Viewer));

    public async Task DisposeAsync() => await served.DisposeAsync();

    public static TheoryData<string> Readings() => new("/api/studies", "/api/jobs", "/api/plans", "/api/data", "/api/overview/machine", "/api/query/schema", "/api/query/saved", "/api/live", "/api/openapi.json", "/report/" + new string('0', 64));

    [Theory, MemberData(nameof(Readings))]
    public async Task Stranger_ReadsNothing(string path) => Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client.GetAsync(path)).StatusCode);

    [Fact]
    public async Task EveryAddressOfTheDocument_IsClosedToStrangers()
    {
        served.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Operator);
        var paths = (await served.Get("/api/openapi.json")).GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(verb => (Path: path.Name, Verb: verb.Name))).Where(entry => !entry.Path.StartsWith("/api/session", StringComparison.Ordinal)).ToList();
        served.Client.DefaultRequestHeaders.Authorization = null;
        Assert.True(paths.Count >= 8);
        foreach (var (path, verb) in paths)
        {
            var address = System.Text.RegularExpressions.Regex.Replace(path, @"\{\w+\}", "x");
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, (await served.Send(new HttpMethod(verb.ToUpperInvariant()), address, verb == "get" ? null : new { })).StatusCode));
        }
    }

    [Fact]
    public async Task WrongToken_IsRefusedByBothWays()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Send(HttpMethod.Post, "/api/session", new { token = "not-the-token-of-anybody" })).StatusCode);
        served.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "not-the-token-of-anybody");
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client.GetAsync("/api/studies")).StatusCode);
    }

    [Fact]
    public async Task Guessing_IsSlowedDown()
    {
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 25; i++) answers.Add((await served.Send(HttpMethod.Post, "/api/session", new { token = "guess-number-" + i })).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
    }

    /// <summary>A wrong token in a header is a guess as one in the form is; a session that is there goes on.</summary>
    [Fact]
    public async Task GuessingByHeader_IsSlowedDownToo()
    {
        await served.Send(HttpMethod.Post, "/api/session", new { token = Viewer });
        async Task<HttpStatusCode> Ask(string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/studies");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return (await served.Client.SendAsync(request)).StatusCode;
        }
        Assert.Equal(HttpStatusCode.OK, await Ask(Operator));
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 25; i++) answers.Add(await Ask("guess-number-" + i));
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
        Assert.Equal(HttpStatusCode.TooManyRequests, await Ask(Operator));
        Assert.Equal(HttpStatusCode.OK, (await served.Client.GetAsync("/api/studies")).StatusCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"token\":null}")]
    [InlineData("[]")]
    [InlineData("token")]
    public async Task LoginWithoutAToken_IsAMistakeAndNoFault(string body)
    {
        using var request = Served.Change(HttpMethod.Post, "/api/session");
        request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.BadRequest, (await served.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Login_GivesASessionThatEnds()
    {
        var login = await served.Send(HttpMethod.Post, "/api/session", new { token = Operator });
        Assert.Equal("operator", (await Served.Read(login)).GetProperty("role").GetString());
        var cookie = login.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await served.Client.GetAsync("/api/studies")).StatusCode);
        await served.Send(HttpMethod.Delete, "/api/session");
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client.GetAsync("/api/studies")).StatusCode);
    }

    [Fact]
    public async Task Viewer_LooksAndChangesNothing()
    {
        served.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Viewer);
        Assert.Equal(HttpStatusCode.OK, (await served.Client.GetAsync("/api/studies")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await served.Send(HttpMethod.Post, "/api/studies/submit", new { study = "demo" })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await served.Send(HttpMethod.Put, "/api/query/saved/mine", new { text = "select 1" })).StatusCode);
        Assert.Equal("viewer", (await served.Get("/api/session")).GetProperty("role").GetString());
    }

    [Fact]
    public async Task PagesThemselves_AreOpen_SoThatTheFormIsShown()
    {
        Assert.Equal(HttpStatusCode.OK, (await served.Client.GetAsync("/studies")).StatusCode);
        Assert.True((await served.Get("/api/session")).GetProperty("login_needed").GetBoolean());
    }
}
