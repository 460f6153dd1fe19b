using System.Net;
using Microsoft.Playwright;
using OrleansShards.Tests.Orleans.Silo.Api;
using static Microsoft.Playwright.Assertions;

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>Takeovers: on request of the page, of somebody else, and those that nobody asked for.</summary>
public sealed class PageTakeoverTests(PageBrowser browser)
{
    [Fact]
    public async Task Takeovers_OnThePageAndByOthers_AreSeenWithTheirPhases()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        await api.UntilAsync("/api/v1/cluster", static one => one.GetProperty("failover").GetProperty("possible").GetBoolean());
        await using PageVisit visit = await browser.VisitAsync(run);
        await Expect(visit.Master("n1")).ToContainTextAsync("primary");
        await Expect(visit.Page.Locator("#takeovers")).ToContainTextAsync("The first primary still leads");

        await visit.Button("Switch over…").ClickAsync();
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync("n1 would hand over to n2");
        await Expect(visit.Master("n1")).ToContainTextAsync("primary");
        await visit.Confirmation.ClickAsync();
        await Expect(visit.Master("n2")).ToContainTextAsync("primary");
        await Expect(visit.Asked).ToContainTextAsync("n2 leads in term");

        ILocator takeovers = visit.Page.Locator("#takeovers > ol > li");
        await Expect(takeovers).ToHaveCountAsync(1);
        await Expect(takeovers.First).ToContainTextAsync("n1 → n2");
        await Expect(takeovers.First).ToContainTextAsync("switch over");

        (await api.ActAsync("failover")).IsDone();
        await Expect(takeovers).ToHaveCountAsync(2);
        await Expect(takeovers.First).ToContainTextAsync("n2 → n1");
        foreach (string phase in new[] { "detect", "catch up", "fence", "promote", "redirect" })
            await Expect(takeovers.First.Locator("ul.phases")).ToContainTextAsync(phase);

        await Expect(takeovers.First.GetByRole(AriaRole.Img, new() { Name = "Phases of the takeover" })).ToBeVisibleAsync();
        await Expect(visit.Master("n1")).ToContainTextAsync("primary");
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Switchover_WhoseAnswerIsLostWithThePage_IsFoundInTheHistory()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        await using PageVisit visit = await browser.VisitAsync(run);
        // The request reaches the silo, and its answer never comes: the page is reloaded while it waits.
        using ApiClient api = new(run);
        TaskCompletionSource carriedOut = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await visit.Page.RouteAsync("**/actions/switchover", async route =>
        {
            Assert.Equal(HttpStatusCode.OK, (await api.ActAsync("switchover")).Status);
            carriedOut.SetResult();
        });
        await visit.Button("Switch over…").ClickAsync();
        await visit.Confirmation.ClickAsync();
        await carriedOut.Task;
        await Expect(visit.Asked).ToContainTextAsync("asked for…");
        await visit.Page.ReloadAsync();
        await Expect(visit.Asked.Locator("[data-is=ok]")).ToContainTextAsync("n2 leads");
        visit.HasNoComplaint();
    }
}
