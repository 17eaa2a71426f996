using Flow.TestData;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>Hangfire's pages in the real program: from our login to its dashboard and by its menu back to ours, under our content policy.</summary>
public sealed class HangfireTests(Chromium chromium) : IClassFixture<Chromium>
{
    [HangfireFact]
    public async Task ItsPages_WorkInsideTheLogin_AndLeadToOurs()
    {
        using var program = await ServedProgram.Start(new Dictionary<string, string> { ["FLOW_TOKEN"] = "operator-token-of-this-test" });
        await using var watched = await chromium.Open(program.Address);
        var page = watched.Page;
        await page.GotoAsync("/hangfire");
        await page.GetByLabel("Token").FillAsync("operator-token-of-this-test");
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Run the demo study" })).ToBeEnabledAsync();
        foreach (var (link, path) in new[] { ("Enqueue", "/enqueue"), ("Recurring evaluations", "/recurring") })
        {
            await page.GotoAsync("/hangfire");
            await Expect(page.Locator(".navbar-brand")).ToHaveTextAsync("FlowDataPipeline");
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).ClickAsync();
            await watched.Settled();
            Assert.Equal(path, new Uri(page.Url).AbsolutePath);
        }
        await page.GotoAsync("/hangfire/servers");
        await Expect(page.GetByText("cpu-0").First).ToBeVisibleAsync();
        watched.HasNoFault();
    }
}
