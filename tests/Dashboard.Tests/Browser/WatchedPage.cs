using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>A page and everything that went wrong on it: errors of the console, exceptions, requests to anybody else.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    static readonly string Axe = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "axe.min.js"));

    readonly List<string> faults = [];

    public WatchedPage(IPage page, Uri address)
    {
        Page = page;
        page.SetDefaultTimeout(180_000);
        page.Console += (_, message) =>
        {
            // A refused login is answered 401, which the browser reports of itself.
            if (message.Type == "error" && !message.Text.Contains("401", StringComparison.Ordinal)) faults.Add($"console: {message.Text} {message.Location}");
        };
        page.PageError += (_, error) => faults.Add($"exception: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) faults.Add($"request to {request.Url}");
        };
        page.Dialog += async (_, dialog) => await dialog.AcceptAsync();
    }

    public IPage Page { get; }

    /// <summary>Opens a path and waits until the page has its content.</summary>
    public async Task Go(string path)
    {
        await Page.GotoAsync(path);
        await Settled();
    }

    /// <summary>The heading is there and nothing is still on its way.</summary>
    public async Task Settled()
    {
        await Page.Locator("main h1").WaitForAsync();
        await Assertions.Expect(Page.GetByText("Loading…")).ToHaveCountAsync(0, new LocatorAssertionsToHaveCountOptions { Timeout = 180_000 });
    }

    /// <summary>What axe finds of serious or critical kind: name, number of places, first place.</summary>
    public async Task<IReadOnlyList<string>> Inaccessible()
    {
        await Page.EvaluateAsync(Axe);
        var found = await Page.EvaluateAsync<JsonElement>("() => axe.run(document, { resultTypes: ['violations'] })");
        return [.. found.GetProperty("violations").EnumerateArray()
            .Where(fault => fault.GetProperty("impact").GetString() is "serious" or "critical")
            .Select(fault => $"{fault.GetProperty("id").GetString()} at {fault.GetProperty("nodes").GetArrayLength()} places, first {fault.GetProperty("nodes")[0].GetProperty("html").GetString()}")];
    }

    public void HasNoFault() => Assert.Empty(faults);

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();
}
