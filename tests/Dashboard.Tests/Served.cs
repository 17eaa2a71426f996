using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Flow.Dashboard.Security;
using Flow.Jobs;
using Flow.Jobs.Ledger;
using Microsoft.AspNetCore.Builder;

namespace Flow.Dashboard.Tests;

/// <summary>The real server on a free port, over a store of its own.</summary>
public sealed class Served : IAsyncDisposable
{
    readonly WebApplication app;

    Served(string store, LedgerDatabase ledger, WebApplication app) => (Store, Ledger, this.app, Client) = (store, ledger, app, new HttpClient { BaseAddress = new Uri(app.Urls.First()) });

    public string Store { get; }

    public LedgerDatabase Ledger { get; }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public IServiceProvider Services => app.Services;

    public static async Task<Served> Start(AccessTokens? tokens = null, OpenIdProvider? openId = null)
    {
        var store = Directory.CreateTempSubdirectory("flow-dashboard-").FullName;
        var ledger = await LedgerDatabase.Open(store, null);
        var app = DashboardServer.Build(new Lab(store, 1), ledger, new DashboardOptions(IPAddress.Loopback, 0, tokens ?? AccessTokens.None, OpenId: openId));
        await app.StartAsync();
        return new Served(store, ledger, app);
    }

    /// <summary>A change as the pages ask for it.</summary>
    public static HttpRequestMessage Change(HttpMethod method, string path, object? body = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("X-Flow-Request", "1");
        return request;
    }

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? body = null)
    {
        using var request = Change(method, path, body);
        return await Client.SendAsync(request);
    }

    public async Task<JsonElement> Get(string path) => JsonDocument.Parse(await Client.GetStringAsync(path)).RootElement;

    public async Task<JsonElement> Post(string path, object? body = null) => await Read(await Send(HttpMethod.Post, path, body));

    /// <summary>The answer of a request that must succeed.</summary>
    public static async Task<JsonElement> Read(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{answer.StatusCode}: {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public static async Task<string> Message(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("message").GetString()!;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
        await Ledger.DisposeAsync();
        Directory.Delete(Store, recursive: true);
    }
}

/// <summary>One server for all tests of a class that change nothing of each other's.</summary>
public sealed class ServedOnce : Xunit.IAsyncLifetime
{
    public Served Served { get; private set; } = null!;

    public async Task InitializeAsync() => Served = await Served.Start();

    public async Task DisposeAsync() => await Served.DisposeAsync();
}
