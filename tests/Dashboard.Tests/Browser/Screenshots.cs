using System.Net.Http.Json;
using Microsoft.Playwright;
using Xunit;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>`docs/screenshots`: pictures of every page for the documentation. Skipped where nobody asks for them.</summary>
public sealed class Screenshots(Chromium chromium) : IClassFixture<Chromium>
{
    static readonly string? Into = Environment.GetEnvironmentVariable("FLOW_SCREENSHOTS") is { Length: > 0 } folder ? folder : null;

    sealed class AskedFactAttribute : FactAttribute
    {
        public AskedFactAttribute() => Skip = Into is null ? "docs/screenshots asks for these" : null;
    }

    [AskedFact]
    public async Task EveryPage_IsPictured()
    {
        var store = Environment.GetEnvironmentVariable("FLOW_SCREENSHOTS_STORE") is { Length: > 0 } given ? given : null;
        using var program = await ServedProgram.Start(store: store);
        if (store is null) await RunQuick(program.Address);
        await Pictures(program.Address, "", ColorScheme.Light, 1280, 860);
        await Pictures(program.Address, "-dark", ColorScheme.Dark, 1280, 860);
        await Pictures(program.Address, "-phone", ColorScheme.Light, 390, 800);
    }

    async Task Pictures(Uri address, string suffix, ColorScheme scheme, int width, int height)
    {
        await using var watched = await chromium.Open(address, scheme, width, height);
        foreach (var (name, path) in await Paths(watched))
        {
            await watched.Go(path);
            if (name == "query") await watched.Page.GetByRole(AriaRole.Button, new() { Name = "Run the query" }).ClickAsync();
            if (name == "query") await Assertions.Expect(watched.Page.GetByText("rows in")).ToBeVisibleAsync();
            if (name == "enqueue") await Assertions.Expect(watched.Page.GetByRole(AriaRole.Heading, new() { Name = "What it costs" })).ToBeVisibleAsync();
            await watched.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Into!, $"{name}{suffix}.png") });
        }
    }

    /// <summary>The pages of the menu, and the first of each kind that they lead to.</summary>
    static async Task<IReadOnlyList<(string Name, string Path)>> Paths(WatchedPage watched)
    {
        var page = watched.Page;
        await watched.Go("/studies");
        if (await page.Locator("button.menu").IsVisibleAsync()) await page.Locator("button.menu").ClickAsync();
        var menu = await page.Locator("nav a").EvaluateAllAsync<string[]>("links => links.map(link => link.getAttribute('href'))");
        var study = await First(page, "Submitted studies") ?? await First(page, "Other studies");
        List<(string, string)> paths = [.. menu.Select(path => (path == "/" ? "overview" : path[1..], path == "/enqueue" ? "/enqueue?study=demo" : path))];
        if (study is not null)
        {
            await watched.Go(study);
            paths.Add(("study", study));
            if (await First(page, "Runs") is { } run) paths.Add(("run", run));
            if (await page.Locator("a.node").Last.GetAttributeAsync("href") is { } step) paths.Add(("step", step));
        }
        await watched.Go("/data");
        if (await First(page, "Data sets") is { } data) paths.Add(("dataset", data));
        return paths;
    }

    static async Task<string?> First(IPage page, string region)
    {
        var links = page.GetByRole(AriaRole.Region, new() { Name = region, Exact = true }).Locator("td a");
        return await links.CountAsync() > 0 ? await links.First.GetAttributeAsync("href") : null;
    }

    static async Task RunQuick(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address, DefaultRequestHeaders = { { "X-Flow-Request", "1" } } };
        await client.PostAsJsonAsync("/api/studies/submit", new { spec = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Browser", "quick.json")) });
        for (var waited = 0; waited < 300; waited++)
        {
            if ((await client.GetFromJsonAsync<System.Text.Json.JsonElement>("/api/jobs"))[0].GetProperty("state").GetString() == "done") return;
            await Task.Delay(1000);
        }
        throw new TimeoutException("the study did not end within five minutes");
    }
}
