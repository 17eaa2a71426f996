using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>
/// One person's visit to the real program, in order: the first page explains itself; a study is pasted, mended, priced, enqueued and watched
/// to its end; its law is seen; a query is asked; an evaluation recurs and fires by its schedule; every page passes an accessibility check in both themes.
/// </summary>
public sealed class FirstVisitTests(Chromium chromium) : IClassFixture<Chromium>
{
    static readonly LocatorAssertionsToBeVisibleOptions Long = new() { Timeout = 600_000 };
    static readonly string Quick = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Browser", "quick.json"));

    [Fact]
    public async Task Study_IsEnqueuedWatchedAndAsked_WithoutAFault()
    {
        using var program = await ServedProgram.Start();
        await using var watched = await chromium.Open(program.Address);
        var page = watched.Page;

        await watched.Go("/");
        await Expect(page.GetByText("Begin with the demo")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Run the demo study" })).ToBeEnabledAsync();

        await Enqueue(watched);
        await Expect(page.GetByText("the report")).ToBeVisibleAsync(Long);
        await Expect(page.Locator(".node.done")).ToHaveCountAsync(await page.Locator(".node").CountAsync());
        var study = new Uri(page.Url).AbsolutePath;

        await Differ(page);
        await SeeTheLaw(page);
        await Ask(watched);
        await Recur(watched);
        await EveryPage(program, study);
        await SeeItFire(watched);
        watched.HasNoFault();
    }

    static async Task Enqueue(WatchedPage watched)
    {
        var page = watched.Page;
        await watched.Go("/enqueue");
        var enqueue = page.GetByRole(AriaRole.Button, new() { Name = "Enqueue" });
        await page.GetByLabel("The spec as JSON").FillAsync(Quick.Replace("\"batch\": 8", "\"batch\": -8", StringComparison.Ordinal));
        var field = page.Locator("[id='field-run.stages[0].train.batch']");
        await Expect(page.GetByText("has a mistake").First).ToBeVisibleAsync();
        await Expect(enqueue).ToBeDisabledAsync();
        await page.GetByLabel("The spec as JSON").FillAsync(Quick);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What it costs" })).ToBeVisibleAsync();
        // The groups that held the mistake stay open.
        await field.FillAsync("-3");
        await Expect(page.Locator("[id='field-run.stages[0].train.batch-wrong']")).ToContainTextAsync("-3 is not positive");
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(enqueue).ToBeDisabledAsync();
        await field.FillAsync("8");
        await Expect(enqueue).ToBeEnabledAsync();
        await enqueue.ClickAsync();
        await page.WaitForURLAsync("**/studies/*");
        await Expect(page.Locator(".node").First).ToBeVisibleAsync();
    }

    static async Task Differ(IPage page)
    {
        await page.GetByLabel("Choose steps=8", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Choose steps=128").CheckAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Differences" })).ToContainTextAsync("stages[0].train.steps");
    }

    static async Task SeeTheLaw(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "its laws" }).ClickAsync();
        await page.WaitForURLAsync("**/laws?study=quick");
        await Choice(page, "Metric").SelectOptionAsync(new SelectOptionValue { Value = "absrel|depth|1|1" });
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "absrel" }).First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Constants of the law" })).ToContainTextAsync("exponent");
    }

    static ILocator Choice(IPage page, string label) => page.Locator($"label.field:has-text('{label}') > select").First;

    static async Task Ask(WatchedPage watched)
    {
        var page = watched.Page;
        await watched.Go("/query");
        await page.GetByLabel("SQL", new() { Exact = true }).FillAsync("select run, train_macs, value from results where metric = 'absrel' order by train_macs");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run the query" }).ClickAsync();
        await Expect(page.GetByText("3 rows in")).ToBeVisibleAsync();
        await Choice(page, "x axis").SelectOptionAsync("train_macs");
        await Choice(page, "y axis").SelectOptionAsync("value");
        await Expect(page.Locator(".chart canvas")).ToBeVisibleAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "CSV", Exact = true }).ClickAsync());
        Assert.Equal("answer.csv", download.SuggestedFilename);
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("losses");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(Choice(page, "Saved queries")).ToHaveValueAsync("losses");
    }

    static async Task Recur(WatchedPage watched)
    {
        var page = watched.Page;
        await watched.Go("/recurring");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("nightly");
        await Choice(page, "Study").SelectOptionAsync("quick");
        await page.GetByLabel("When").FillAsync("* * * * *");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "run now nightly" }).ClickAsync();
        await Expect(page.GetByText("nothing new: all")).ToBeVisibleAsync(Long);
    }

    /// <summary>Once when it was asked to, and by now, or within a minute, at the beginning of one.</summary>
    static async Task SeeItFire(WatchedPage watched)
    {
        var page = watched.Page;
        await watched.Go("/recurring");
        await page.GetByRole(AriaRole.Button, new() { Name = "history of nightly" }).ClickAsync();
        var firings = page.GetByRole(AriaRole.Region, new() { Name = "Firings" }).Locator("tbody tr");
        await Expect(firings.Nth(1)).ToBeVisibleAsync(Long);
        await page.GetByRole(AriaRole.Button, new() { Name = "pause nightly" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "resume nightly" })).ToBeVisibleAsync();
    }

    /// <summary>Every page of the menu, and one of each kind behind it, in both themes and at a phone's width.</summary>
    async Task EveryPage(ServedProgram program, string study)
    {
        await using var light = await chromium.Open(program.Address);
        await light.Go(study);
        var step = await light.Page.Locator(".node").First.GetAttributeAsync("href");
        var run = await light.Page.GetByRole(AriaRole.Region, new() { Name = "Runs" }).GetByRole(AriaRole.Link).First.GetAttributeAsync("href");
        await light.Go("/data");
        var data = await light.Page.GetByRole(AriaRole.Region, new() { Name = "Data sets" }).GetByRole(AriaRole.Link).First.GetAttributeAsync("href");
        var menu = await light.Page.Locator("nav a").EvaluateAllAsync<string[]>("links => links.map(link => link.getAttribute('href'))");
        await using var dark = await chromium.Open(program.Address, ColorScheme.Dark, width: 390, height: 800);
        var faults = new List<string>();
        foreach (var path in (string[])[.. menu, study, step!, run!, data!])
            foreach (var page in (WatchedPage[])[light, dark])
            {
                await page.Go(path);
                faults.AddRange((await page.Inaccessible()).Select(fault => $"{path}: {fault}"));
                var overflow = await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth");
                if (overflow > 0) faults.Add($"{path}: {overflow} px wider than the window");
            }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        light.HasNoFault();
        dark.HasNoFault();
    }
}
