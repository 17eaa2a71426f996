using System.Net;
using System.Text;
using System.Text.Json;
using Flow.Jobs;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Flow.Dashboard.Tests;

/// <summary>The real server on loopback.</summary>
public sealed class DashboardServerTests : IAsyncLifetime, IDisposable
{
    readonly string store = Directory.CreateTempSubdirectory("flow-dashboard-").FullName;
    readonly HttpClient client = new();
    WebApplication app = null!;

    public async Task InitializeAsync()
    {
        app = DashboardServer.Build(new Lab(store, 1), DashboardOptions.Local(port: 0));
        await app.StartAsync();
        client.BaseAddress = new Uri(app.Urls.First());
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        Directory.Delete(store, recursive: true);
    }

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Page_ExplainsItself_UnderAStrictPolicy()
    {
        var page = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("app.js", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", client.BaseAddress!.Host);
    }

    [Fact]
    public async Task Studies_AreListedWithWhatTheyClaim()
    {
        var studies = JsonDocument.Parse(await client.GetStringAsync("/api/studies")).RootElement.EnumerateArray().ToList();
        Assert.Contains(studies, study => study.GetProperty("name").GetString() == "demo" && study.GetProperty("claim").GetString()!.Length > 20);
    }

    [Fact]
    public async Task Change_WithoutTheHeader_IsRefused()
    {
        using var body = new StringContent("{\"study\":\"demo\"}", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/api/studies/run", body)).StatusCode);
    }

    [Fact]
    public async Task UnknownStudy_IsRefusedWithItsName()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/studies/run") { Content = new StringContent("{\"study\":\"../demo\"}", Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Flow-Request", "1");
        var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("../demo", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReboundName_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/studies");
        request.Headers.Host = "attacker.example";
        Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("select * from read_csv('/etc/passwd')")]
    [InlineData("copy (select 1) to '/tmp/out.csv'")]
    [InlineData("selec 1")]
    public async Task WrongOrForbiddenQuery_IsAnsweredWithItsReason(string sql)
    {
        var answer = await client.GetAsync($"/api/query?sql={Uri.EscapeDataString(sql)}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("message").GetString()!.Length > 5);
    }

    [Fact]
    public async Task Query_AnswersOverAnEmptyStore()
    {
        var table = JsonDocument.Parse(await client.GetStringAsync("/api/query?sql=" + Uri.EscapeDataString("select count(*) as n from results"))).RootElement;
        Assert.Equal("n", table.GetProperty("columns")[0].GetString());
        Assert.Equal(0, table.GetProperty("rows")[0][0].GetInt32());
    }

    [Theory]
    [InlineData("/report/..%2f..%2fetc%2fpasswd")]
    [InlineData("/report/0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Report_OutsideTheStore_IsNotFound(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(path)).StatusCode);
}
