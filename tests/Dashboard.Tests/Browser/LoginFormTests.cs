using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>The login form of the real program: refused, let in as a viewer who can't enqueue, let in as the operator, out again.</summary>
public sealed class LoginFormTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Token_IsRefusedOrLetsInByItsRole()
    {
        using var program = await ServedProgram.Start(new Dictionary<string, string> { ["FLOW_TOKEN"] = "operator-token-of-this-test", ["FLOW_VIEWER_TOKEN"] = "viewer-token-of-this-test" });
        await using var watched = await chromium.Open(program.Address);
        var page = watched.Page;
        await watched.Go("/studies");
        await Enter(page, "not-the-token-of-anybody");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("given to nobody");
        Assert.Empty(await watched.Inaccessible());
        await Enter(page, "viewer-token-of-this-test");
        await Expect(page.GetByText("Named studies")).ToBeVisibleAsync();
        await watched.Go("/");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Run the demo study" })).ToBeDisabledAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await Enter(page, "operator-token-of-this-test");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Run the demo study" })).ToBeEnabledAsync();
        watched.HasNoFault();
    }

    static async Task Enter(IPage page, string token)
    {
        await page.GetByLabel("Token").FillAsync(token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }
}
