using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>The page of a silo that is well: what it shows first, on which screens, and by keyboard.</summary>
public sealed class PageTests(Api.ApiSilo silo, PageBrowser browser)
{
    [Fact]
    public async Task Page_Opened_ShowsTheClusterWithoutAskingAnybodyElse()
    {
        SiloRun run = await silo.RunAsync();
        await using PageVisit visit = await browser.VisitAsync(run);
        await Expect(visit.Page).ToHaveTitleAsync("orleans-shards · OrleansShards");
        await Expect(visit.Page.Locator(".cell")).ToHaveCountAsync(16);
        await Expect(visit.Page.Locator(".master")).ToHaveCountAsync(2);
        await Expect(visit.Page.Locator(".master [data-is=main]")).ToHaveTextAsync("primary");
        await Expect(visit.Page.Locator("#failover")).ToContainTextAsync("takes over when the log has not grown for 10 s");
        await Expect(visit.Page.Locator("#lag svg")).ToBeVisibleAsync();
        await Expect(visit.Page.Locator("#groups > .row")).ToHaveCountAsync(3);
        await Expect(visit.Page.Locator("#store")).ToContainTextAsync("SQLite, ");
        await Expect(visit.Page.Locator("#silos")).ToContainTextAsync("127.0.0.1");
        await Expect(visit.Page.Locator("#trouble")).ToBeEmptyAsync();
        // This machine needs no key.
        await Expect(visit.Page.Locator("#visitor")).ToBeHiddenAsync();
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Shard_Clicked_IsShownAndStaysOverAReload()
    {
        SiloRun run = await HeldAsync(3);
        await using PageVisit visit = await browser.VisitAsync(run);
        await visit.Shard(3).ClickAsync();
        await Expect(visit.Page.Locator("#shard")).ToContainTextAsync("serving");
        await Expect(visit.Page).ToHaveURLAsync($"http://127.0.0.1:{run.HttpPort}/#shard-3");
        await visit.Page.ReloadAsync();
        await Expect(visit.Page.Locator("#shard h3")).ToContainTextAsync("Shard 3");
        await Expect(visit.Shard(3)).ToHaveAttributeAsync("aria-pressed", "true");
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Page_ByKeyboardAlone_OpensAShardAndAPlan()
    {
        await using PageVisit visit = await browser.VisitAsync(await HeldAsync(15));
        await Expect(visit.Shard(15)).ToBeVisibleAsync();
        IKeyboard keyboard = visit.Page.Keyboard;
        await keyboard.PressAsync("Tab");
        await Expect(visit.Page.Locator(".skip")).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        foreach (string button in new[] { "Switch over…", "Fail over…" })
        {
            await keyboard.PressAsync("Tab");
            await Expect(visit.Button(button)).ToBeFocusedAsync();
        }

        await keyboard.PressAsync("Tab");
        await Expect(visit.Shard(0)).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowRight");
        await keyboard.PressAsync("ArrowRight");
        await Expect(visit.Shard(2)).ToBeFocusedAsync();
        await keyboard.PressAsync("End");
        await Expect(visit.Shard(15)).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await Expect(visit.Page.Locator("#shard h3")).ToContainTextAsync("Shard 15");

        // What changes on the page leaves the focus where it is.
        string heard = await visit.Master("n1").InnerTextAsync();
        await Expect(visit.Master("n1")).Not.ToHaveTextAsync(heard, new() { UseInnerText = true });
        await Expect(visit.Shard(15)).ToBeFocusedAsync();

        await visit.Page.Locator("#shard").GetByRole(AriaRole.Button, new() { Name = "Migrate…" }).FocusAsync();
        await keyboard.PressAsync("Enter");
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync("one shard would move");
        await keyboard.PressAsync("Escape");
        await Expect(visit.Dialog).ToBeHiddenAsync();
        await Expect(visit.Page.Locator("#shard").GetByRole(AriaRole.Button, new() { Name = "Migrate…" })).ToBeFocusedAsync();
        visit.HasNoComplaint();
    }

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task Page_OnAScreen_FitsAndIsReadableForAll(int width, ColorScheme scheme)
    {
        BrowserNewContextOptions screen = new()
        {
            ViewportSize = new ViewportSize { Width = width, Height = 740 },
            ColorScheme = scheme,
            // A picture in the middle of a transition has any contrast.
            ReducedMotion = ReducedMotion.Reduce,
        };
        await using PageVisit visit = await browser.VisitAsync(await HeldAsync(4), screen);
        await visit.Shard(4).ClickAsync();
        await Expect(visit.Page.Locator("#shard")).ToContainTextAsync("serving");
        await IsAccessibleAsync(visit);

        await visit.Button("Switch over…").ClickAsync();
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync("would hand over to");
        await IsAccessibleAsync(visit);
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Page_OfASiloThatWaitsForItsDatabase_ShowsTheReason()
    {
        string nowhere = $"Host=127.0.0.1;Port={FreePorts.Take(1)[0]};Username=x;Database=x";
        using SiloRun run = new("--cluster", "postgres", "--connection", nowhere);
        await run.UntilAsync("/health/live", "it listens", static (_, _) => true);
        await using PageVisit visit = await browser.PrepareAsync(run);
        await visit.Page.GotoAsync($"http://127.0.0.1:{run.HttpPort}/");
        await Expect(visit.Page.Locator("#trouble")).ToContainTextAsync("Not ready: the silo is starting, and waits for its database: ");
        await Expect(visit.Page.Locator("#link")).ToHaveTextAsync("not ready");
        visit.HasNoComplaint();
    }

    /// <summary>The silo, when this shard has a group: nobody holds it before it is used.</summary>
    private async Task<SiloRun> HeldAsync(int shard)
    {
        using Api.ApiClient api = await silo.ClientAsync();
        (await api.PutAsync($"/api/v1/keys/page?shard={shard}", "1")).IsDone();
        return await silo.RunAsync();
    }

    private static async Task IsAccessibleAsync(PageVisit visit)
    {
        Assert.False(await visit.IsWiderThanTheScreenAsync(), "the page should not scroll sideways");
        AxeResult found = await visit.Page.RunAxe();
        Assert.True(found.Violations.Length == 0, string.Join('\n', found.Violations.Select(static one =>
            $"{one.Id}: {one.Help}: {string.Join("; ", one.Nodes.Select(static node => node.Html).Take(4))}")));
    }
}
