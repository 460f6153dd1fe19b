using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>A page whose silo goes away, or whose events do not get through.</summary>
public sealed class PageLinkTests(PageBrowser browser)
{
    [Fact]
    public async Task Page_OfAKilledSilo_SaysSoAndComesBackWithIt()
    {
        string data = Directory.CreateTempSubdirectory("orleansshards-page-").FullName;
        int[] ports = FreePorts.Take(3);
        try
        {
            using SiloRun run = new(ports, "--data", data);
            await run.UntilReadyIsAsync(true);
            await using PageVisit visit = await browser.VisitAsync(run);
            await Expect(visit.Master("n1")).ToContainTextAsync("primary");
            run.Kill();
            await Expect(visit.Page.Locator("#link")).ToHaveTextAsync("silo gone");
            await Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(
                $"The silo at 127.0.0.1:{ports[2]} has not answered since");
            await Expect(visit.Master("n1")).ToBeVisibleAsync();

            await visit.Button("Switch over…").ClickAsync();
            await Expect(visit.Dialog.Locator("[data-is=bad]")).ToContainTextAsync("the silo does not answer");
            await visit.Page.Keyboard.PressAsync("Escape");

            using SiloRun again = new(ports, "--data", data);
            await visit.IsLiveAsync();
            await Expect(visit.Page.Locator("#trouble .banner")).ToHaveCountAsync(0);
            await Expect(visit.Page.Locator("#takeovers")).ToContainTextAsync("its process was started anew");
            visit.HasNoComplaint();
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Page_OfAFrozenSilo_SaysSoAndComesBackWithIt()
    {
        // It must not find itself hung when it runs on.
        using SiloRun run = new("--hang-after-ms", "0");
        await run.UntilReadyIsAsync(true);
        await using PageVisit visit = await browser.VisitAsync(run);
        run.Freeze();
        await Expect(visit.Page.Locator("#link")).ToHaveTextAsync("silo gone");
        run.Signal("CONT");
        await visit.IsLiveAsync();
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Page_WhoseEventsDoNotGetThrough_AsksInstead()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        await using PageVisit visit = await browser.PrepareAsync(run);
        await visit.Page.RouteAsync("**/api/v1/events", static route => route.AbortAsync());
        await visit.Page.GotoAsync($"http://127.0.0.1:{run.HttpPort}/");
        await Expect(visit.Page.Locator("#link")).ToHaveTextAsync("asked every few seconds");
        await Expect(visit.Master("n1")).ToContainTextAsync("primary");
        await visit.Button("Switch over…").ClickAsync();
        await visit.Confirmation.ClickAsync();
        await Expect(visit.Master("n2")).ToContainTextAsync("primary");
        visit.HasNoComplaint();
    }
}
