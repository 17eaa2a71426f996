using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>The pages of what runs came to, over a real tiny study: they show it, nothing goes wrong, on light and dark, wide and narrow.</summary>
public sealed class ResultPagesTests(Chromium chromium, ServedTinyRun tiny) : IClassFixture<Chromium>, IClassFixture<ServedTinyRun>
{
    static readonly string[] Paths = ["/runs", "/runs/tiny/D48", "/laws?study=tiny", "/gallery", "/pipeline"];

    [Fact]
    public async Task Run_ShowsCurvesProvenanceCheckpointsLogAndSpec()
    {
        await using var watched = await chromium.Open(tiny.Served.Address);
        var page = watched.Page;
        await watched.Go("/runs/tiny/D48");
        foreach (var curve in (string[])["loss", "learning rate", "gradient norm", "images/s", "MFU"])
            await Expect(page.GetByRole(AriaRole.Img, new() { Name = $"{curve} against the optimizer step" }).First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Steps", Exact = true })).ToContainTextAsync(Environment.MachineName);
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Checkpoints" }).First).ToContainTextAsync("30");
        await Expect(page.Locator("pre.log")).ToContainTextAsync("began");
        await page.GetByText("How the data reached the trainer").First.ClickAsync();
        await Expect(page.GetByText("Verdict:").First).ToBeVisibleAsync();
        watched.HasNoFault();
    }

    [Fact]
    public async Task Comparison_ShowsCurvesTogether_AndWhatDiffers()
    {
        await using var watched = await chromium.Open(tiny.Served.Address);
        var page = watched.Page;
        await watched.Go("/runs?study=tiny");
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "loss of 2 runs" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Parameters that differ" })).ToContainTextAsync("model.hidden");
        await page.GetByLabel("Compare tiny D40").UncheckAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "loss of 1 runs" })).ToBeVisibleAsync();
        watched.HasNoFault();
    }

    [Fact]
    public async Task Gallery_SlidesOverSamplers()
    {
        await using var watched = await chromium.Open(tiny.Served.Address);
        var page = watched.Page;
        await watched.Go("/gallery");
        await Expect(page.GetByText("one member: no uncertainty").First).ToBeVisibleAsync();
        await page.GetByLabel("Denoising steps").FillAsync("1");
        await Expect(page.GetByAltText("uncertainty of").First).ToBeVisibleAsync();
        Assert.True(await page.GetByAltText("prediction of").First.EvaluateAsync<bool>("image => image.decode().then(() => image.naturalWidth > 0)"));
        watched.HasNoFault();
    }

    [Fact]
    public async Task Planner_PlansAndShowsMistakesAtTheirFields()
    {
        await using var watched = await chromium.Open(tiny.Served.Address);
        var page = watched.Page;
        await watched.Go("/laws");
        await page.GetByRole(AriaRole.Button, new() { Name = "Plan" }).ClickAsync();
        await Expect(page.GetByText("optimal size")).ToBeVisibleAsync();
        await page.GetByLabel("MFU").FillAsync("three");
        await page.GetByRole(AriaRole.Button, new() { Name = "Plan" }).ClickAsync();
        await Expect(page.GetByLabel("MFU")).ToHaveAttributeAsync("aria-invalid", "true");
        watched.HasNoFault();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task EveryPage_FitsAndIsAccessible(ColorScheme scheme, int width)
    {
        await using var watched = await chromium.Open(tiny.Served.Address, scheme, width);
        foreach (var path in Paths)
        {
            await watched.Go(path);
            Assert.Empty((await watched.Inaccessible()).Select(fault => $"{path}: {fault}"));
            Assert.True(await watched.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), $"{path} scrolls sideways at {width} px");
        }
        watched.HasNoFault();
    }
}
