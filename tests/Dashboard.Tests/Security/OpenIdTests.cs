using System.Net;
using Flow.Dashboard.Security;
using Xunit;

namespace Flow.Dashboard.Tests.Security;

/// <summary>A login by OpenID Connect, with a provider on this machine: who is let in, in which role, and who is not.</summary>
public sealed class OpenIdTests : IAsyncLifetime
{
    LoginProvider provider = null!;
    Served served = null!;

    public async Task InitializeAsync()
    {
        provider = await LoginProvider.Start();
        served = await Served.Start(openId: new OpenIdProvider(provider.Issuer, LoginProvider.Client, LoginProvider.Secret, ["lab-operators", "grace@lab.example"], ["lab"]));
    }

    public async Task DisposeAsync()
    {
        await served.DisposeAsync();
        await provider.DisposeAsync();
    }

    /// <summary>As a browser goes: to the provider and back, with the cookies of both.</summary>
    Task<HttpResponseMessage> LogIn() => served.Client.GetAsync("/api/session/openid");

    async Task<string?> RoleNow() => (await served.Get("/api/session")).GetProperty("role").GetString();

    [Fact]
    public async Task Stranger_ReadsNothing_AndIsToldTheWay()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client.GetAsync("/api/studies")).StatusCode);
        var session = await served.Get("/api/session");
        Assert.Equal((true, false, "127.0.0.1"), (session.GetProperty("login_needed").GetBoolean(), session.GetProperty("tokens_taken").GetBoolean(), session.GetProperty("provider").GetString()));
    }

    [Theory]
    [InlineData("lab-operators", "operator", HttpStatusCode.BadRequest)] // the empty spec is refused, not the person
    [InlineData("lab", "viewer", HttpStatusCode.Forbidden)]
    public async Task Group_GivesItsRole(string group, string role, HttpStatusCode change)
    {
        provider.Person["groups"] = new[] { "somebody-elses", group };
        Assert.Equal(HttpStatusCode.OK, (await LogIn()).StatusCode);
        Assert.Equal(role, await RoleNow());
        Assert.Equal("ada", (await served.Get("/api/session")).GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.OK, (await served.Client.GetAsync("/api/studies")).StatusCode);
        Assert.Equal(change, (await served.Send(HttpMethod.Post, "/api/studies/submit", new { spec = "{}" })).StatusCode);
    }

    [Theory]
    [InlineData(true, "operator")]
    [InlineData(false, null)]
    public async Task Address_CountsOnlyWhereTheProviderHasVerifiedIt(bool verified, string? role)
    {
        (provider.Person["email"], provider.Person["email_verified"]) = ("grace@lab.example", verified);
        await LogIn();
        Assert.Equal(role, await RoleNow());
    }

    [Fact]
    public async Task PersonWithoutARole_IsNotLetIn()
    {
        var answer = await LogIn();
        Assert.Equal("?login=nobody", answer.RequestMessage!.RequestUri!.Query);
        Assert.Null(await RoleNow());
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client.GetAsync("/api/studies")).StatusCode);
    }

    [Fact]
    public async Task CodeOfSomebodyElse_IsNotTaken()
    {
        var answer = await served.Client.GetAsync("/oidc/callback?code=stolen&state=made-up");
        Assert.Equal("?login=failed", answer.RequestMessage!.RequestUri!.Query);
        Assert.Null(await RoleNow());
    }

    [Fact]
    public void BeyondLoopback_AProviderIsEnough() =>
        Assert.False(new DashboardOptions(IPAddress.Any, 0, AccessTokens.None, OpenId: new OpenIdProvider(provider.Issuer, "a", "b", ["*"], [])).Checked().Open);
}
