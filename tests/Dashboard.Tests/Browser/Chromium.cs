using Microsoft.Playwright;
using Xunit;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>Debian's Chromium, driven by Playwright, which brings no browser of its own here.</summary>
public sealed class Chromium : IAsyncLifetime
{
    const string Program = "/usr/bin/chromium";

    static readonly string[] Quiet =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    IPlaywright playwright = null!;
    IBrowser browser = null!;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Program)) throw new InvalidOperationException($"there is no {Program}: apt-get install chromium (setup/packages-test.txt)");
        Assertions.SetDefaultExpectTimeout(180_000); // a machine that runs other tests at the same time is slow, not wrong
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Program, Args = Quiet });
    }

    public async Task DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }

    /// <summary>A browser that nobody has used, watched from its first request on.</summary>
    public async Task<WatchedPage> Open(Uri address, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce,
        });
        return new WatchedPage(await context.NewPageAsync(), address);
    }
}
