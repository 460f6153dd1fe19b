using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OrleansShards.Tests.Orleans.Silo.Api;
using static Microsoft.Playwright.Assertions;

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>
/// The pictures of docs/page.md: three silos, a few keys, a move, two takeovers. <c>eng/screenshots.sh</c> has them put where they belong
/// (ORLEANS_SHARDS_SCREENSHOTS).
/// </summary>
public sealed class PageScreenshots(PageBrowser browser) : IDisposable
{
    private const int BytesMax = 150 * 1024;

    private static readonly string? Wanted = Environment.GetEnvironmentVariable("ORLEANS_SHARDS_SCREENSHOTS");

    private readonly string _directory = Directory.CreateTempSubdirectory("orleansshards-page-").FullName;

    [Fact]
    public async Task Screenshots_OfThreeSilos_AreMade()
    {
        Assert.SkipUnless(Wanted is not null, "eng/screenshots.sh has the pictures made");
        using SiloRun n1 = Start("n1");
        await n1.UntilReadyIsAsync(true);
        using SiloRun n2 = Start("n2");
        using SiloRun n3 = Start("n3");
        await n2.UntilReadyIsAsync(true);
        await n3.UntilReadyIsAsync(true);
        using ApiClient api = new(n1);
        await WriteAsync(api);

        await using PageVisit wide = await browser.VisitAsync(n1, Screen(1040, 780, ColorScheme.Light));
        await using PageVisit dark = await browser.VisitAsync(n1, Screen(1040, 780, ColorScheme.Dark));
        await using PageVisit narrow = await browser.VisitAsync(n1, Screen(360, 760, ColorScheme.Light));
        await Expect(wide.Master("n2")).ToContainTextAsync("shadow");
        await Expect(wide.Page.Locator("#silos > .row")).ToHaveCountAsync(3);
        await wide.Shard(5).ClickAsync();
        await Expect(wide.Page.Locator("#shard")).ToContainTextAsync("serving");
        // The chart has something to show after a few seconds.
        await Expect(wide.Page.Locator("#lag path").Last).ToHaveAttributeAsync("d", new Regex("(L.*){8}"));
        await TakeAsync(wide, "page-idle");

        string source = (await api.GetAsync("/api/v1/shards/5")).Field("gid");
        await wide.Button("Migrate…").ClickAsync();
        await Expect(wide.Dialog.Locator(".plan tbody tr")).ToContainTextAsync(new[] { source });
        await TakeAsync(wide, "page-plan");
        await wide.Confirmation.ClickAsync();
        await Expect(wide.Page.Locator("#running progress")).ToHaveAttributeAsync("value", new Regex("^0\\.[2-9]"));
        await TakeAsync(wide, "page-move");
        await Expect(narrow.Page.Locator("#running")).ToContainTextAsync(" left");
        await narrow.Page.Locator("#shards-title").EvaluateAsync("title => title.parentElement.scrollIntoView()");
        await TakeAsync(narrow, "page-narrow");
        await Expect(wide.Asked.Locator("[data-is=ok]")).ToBeVisibleAsync();

        await wide.Button("Switch over…").ClickAsync();
        await wide.Confirmation.ClickAsync();
        await Expect(wide.Master("n2")).ToContainTextAsync("primary");
        await api.UntilAsync("/api/v1/cluster", static one => one.GetProperty("failover") is { ValueKind: JsonValueKind.Object } now
            && now.GetProperty("possible").GetBoolean());
        (await api.ActAsync("failover")).IsDone();
        await Expect(wide.Page.Locator("#takeovers > ol > li")).ToHaveCountAsync(2);
        await Expect(wide.Master("n1")).ToContainTextAsync("primary");
        await TakeAsync(wide, "page-takeover");
        await Expect(dark.Page.Locator("#takeovers > ol > li")).ToHaveCountAsync(2);
        await TakeAsync(dark, "page-dark");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static BrowserNewContextOptions Screen(int width, int height, ColorScheme scheme) => new()
    {
        ViewportSize = new ViewportSize { Width = width, Height = height },
        ColorScheme = scheme,
        ReducedMotion = ReducedMotion.Reduce,
        TimezoneId = "UTC",
    };

    private SiloRun Start(string name) => new(
        "--cluster", "directory", "--data", Path.Combine(_directory, "data"), "--cluster-id", "orders", "--name", name, "--groups", name,
        "--move-bytes-per-second", "65536");

    private static async Task WriteAsync(ApiClient api)
    {
        for (int i = 0; i < 200; i++)
            (await api.PutAsync($"/api/v1/keys/order-{i}", $"\"{new string('x', 40 + (i * 37 % 900))}\"")).IsDone();

        string large = $"\"{new string('x', 60_000)}\"";
        for (int i = 0; i < 20; i++)
            (await api.PutAsync($"/api/v1/keys/report-{i}?shard=5", large)).IsDone();
    }

    private static async Task TakeAsync(PageVisit visit, string name)
    {
        await visit.Page.Mouse.MoveAsync(0, 0);
        if (name != "page-narrow")
            await visit.Page.EvaluateAsync("scrollTo(0, 0)");

        string file = Path.Combine(Wanted!, $"{name}.png");
        byte[] picture = await visit.Page.ScreenshotAsync(new() { Path = file, Animations = ScreenshotAnimations.Disabled });
        Assert.True(picture.Length < BytesMax, $"{name} has {picture.Length} bytes; expected fewer than {BytesMax}");
    }
}
