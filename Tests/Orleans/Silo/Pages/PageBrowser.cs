using Microsoft.Playwright;
using OrleansShards.Tests.Orleans.Silo.Pages;

[assembly: AssemblyFixture(typeof(PageBrowser))]

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>
/// A Chromium for the tests of pages, started by the first of them; each visit has a profile of its own. Nothing is downloaded: it is the
/// browser of this machine, or the one that ORLEANS_SHARDS_CHROMIUM names. Without one these tests are skipped.
/// </summary>
public sealed class PageBrowser : IAsyncDisposable
{
    private static readonly string? Program = Find();

    private readonly Lazy<Task<(IPlaywright Driver, IBrowser Browser)>> _started = new(StartAsync);

    /// <summary>Opens a silo's page.</summary>
    internal async Task<PageVisit> VisitAsync(SiloRun silo, BrowserNewContextOptions? options = null)
    {
        PageVisit visit = await PrepareAsync(silo, options);
        await visit.OpenAsync();
        return visit;
    }

    /// <summary>A visit that has not opened its page.</summary>
    internal async Task<PageVisit> PrepareAsync(SiloRun silo, BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(Program is null, "Chromium is not installed; ./test.sh installs it as root on Debian");
        (_, IBrowser browser) = await _started.Value;
        IBrowserContext context = await browser.NewContextAsync(options ?? new BrowserNewContextOptions());
        return new PageVisit(context, await context.NewPageAsync(), new Uri($"http://127.0.0.1:{silo.HttpPort}/"));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_started.IsValueCreated)
            return;

        (IPlaywright driver, IBrowser browser) = await _started.Value;
        await browser.DisposeAsync();
        driver.Dispose();
    }

    private static async Task<(IPlaywright Driver, IBrowser Browser)> StartAsync()
    {
        IPlaywright driver = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout((float)SiloRun.Limit.TotalMilliseconds);
        IBrowser browser = await driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            // Chromium's sandbox is not for root; /dev/shm is small in containers.
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox", "--disable-dev-shm-usage"] : ["--disable-dev-shm-usage"],
            Timeout = (float)SiloRun.Limit.TotalMilliseconds,
        });
        return (driver, browser);
    }

    private static string? Find() => new[]
    {
        Environment.GetEnvironmentVariable("ORLEANS_SHARDS_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    }.FirstOrDefault(File.Exists);
}
