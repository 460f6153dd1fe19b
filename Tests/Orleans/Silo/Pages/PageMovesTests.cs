using Microsoft.Playwright;
using OrleansShards.Tests.Orleans.Silo.Api;
using static Microsoft.Playwright.Assertions;

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>Moves that are asked for on the page.</summary>
public sealed class PageMovesTests(PageBrowser browser)
{
    // Copied so slowly, some megabytes last until the test has seen what it wants.
    private static readonly string[] Slowly = ["--move-bytes-per-second", "65536"];

    [Fact]
    public async Task Migrate_Confirmed_IsSeenFromBeginToEndAndUndone()
    {
        using SiloRun run = new(Slowly);
        string source = await WriteAsync(run, values: 20);
        await using PageVisit visit = await browser.VisitAsync(run);
        await visit.Shard(5).ClickAsync();
        await visit.Button("Migrate…").ClickAsync();
        string target = await visit.Dialog.GetByLabel("To group").InputValueAsync();
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync("one shard would move");
        await Expect(visit.Dialog.Locator(".plan tbody tr")).ToContainTextAsync(new[] { $"{source}{target}" });
        await visit.Confirmation.ClickAsync();

        await Expect(visit.Dialog).ToBeHiddenAsync();
        await Expect(visit.Page.Locator("#running .move")).ToContainTextAsync($"Shard 5 {source} → {target}");
        await Expect(visit.Page.Locator("#running progress[value]")).ToBeVisibleAsync();
        await Expect(visit.Page.Locator("#running")).ToContainTextAsync("/s");
        await Expect(visit.Page.Locator("#running")).ToContainTextAsync(" left");
        await Expect(visit.Shard(5)).ToContainTextAsync($"{source}→{target}");
        await Expect(visit.Asked).ToContainTextAsync("copying");

        await Expect(visit.Asked).ToContainTextAsync($"group {target} serves it");
        await Expect(visit.Shard(5)).ToHaveTextAsync($"Shard 5, group {target}");
        await Expect(visit.Page.Locator("#running")).ToContainTextAsync("No move is due or under way");
        ILocator finished = visit.Page.Locator("#finished .row").First;
        await Expect(finished).ToContainTextAsync("committed");
        await Expect(finished).ToContainTextAsync("writes paused for");

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Undo the move of shard 5…" }).ClickAsync();
        await Expect(visit.Dialog.Locator(".plan tbody tr")).ToContainTextAsync(new[] { $"{target}{source}" });
        await visit.Confirmation.ClickAsync();
        await Expect(visit.Page.Locator("#running .move")).ToContainTextAsync($"Shard 5 {target} → {source}");
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Move_UnderWay_OutlivesAReloadAndIsCancelled()
    {
        using SiloRun run = new(Slowly);
        string source = await WriteAsync(run, values: 80);
        await using PageVisit visit = await browser.VisitAsync(run);
        await visit.Shard(5).ClickAsync();
        await visit.Button("Move and pin…").ClickAsync();
        await visit.Confirmation.ClickAsync();
        await Expect(visit.Asked).ToContainTextAsync("copying");

        await visit.Page.ReloadAsync();
        await Expect(visit.Asked).ToContainTextAsync("Move shard 5");
        await Expect(visit.Asked.Locator("progress[value]")).ToBeVisibleAsync();
        await visit.Button("Cancel the move of shard 5…").ClickAsync();
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync($"{source} would keep it");
        await visit.Confirmation.ClickAsync();
        await Expect(visit.Asked).ToContainTextAsync("is given up");
        await Expect(visit.Page.Locator("#finished .row").First).ToContainTextAsync("aborted");
        await Expect(visit.Shard(5)).ToHaveTextAsync($"Shard 5, group {source}");
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Plan_OfWhatCannotBe_ShowsTheApisTextAndNoButton()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        await using PageVisit visit = await browser.VisitAsync(run);
        await visit.Button("Join…").ClickAsync();
        await visit.Dialog.GetByLabel("Groups, by name").FillAsync("g/4");
        await Expect(visit.Dialog.Locator("[data-is=bad]")).ToContainTextAsync("a group's name has 1 to 64 letters");
        await Expect(visit.Confirmation).ToBeDisabledAsync();
        await visit.Dialog.GetByLabel("Groups, by name").FillAsync("g4");
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync("would move");
        await visit.Confirmation.ClickAsync();
        await Expect(visit.Button("Let group g4 leave…")).ToBeVisibleAsync();
        await Expect(visit.Asked).ToContainTextAsync("all moves that it needed have ended");
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Forget_OfAGroupThatHasLeft_IsPlannedAndDone()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        (await api.ActAsync("join", """{"gids":["g4"]}""")).IsDone();
        await using PageVisit visit = await browser.VisitAsync(run);
        await Expect(visit.Button("Let group g4 leave…")).ToBeVisibleAsync();
        await Expect(visit.Button("Forget group g4…")).ToBeHiddenAsync();
        (await api.ActAsync("leave", """{"gids":["g4"]}""")).IsDone();

        await visit.Button("Forget group g4…").ClickAsync();
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync("group g4 would be forgotten");
        await visit.Dialog.GetByLabel("Groups, by name").FillAsync("n2");
        await Expect(visit.Dialog.Locator("[data-is=bad]")).ToContainTextAsync("group n2 is a member");
        await Expect(visit.Confirmation).ToBeDisabledAsync();
        await visit.Dialog.GetByLabel("Groups, by name").FillAsync("g4");
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync("group g4 would be forgotten");
        await visit.Confirmation.ClickAsync();
        await Expect(visit.Dialog).ToBeHiddenAsync();
        await Expect(visit.Asked).ToContainTextAsync("the cluster does not have group g4 any more");
        await Expect(visit.Button("Forget group g4…")).ToHaveCountAsync(0);
        visit.HasNoComplaint();
    }

    // What a field had when it was typed in is not what is carried out.
    [Fact]
    public async Task Plan_ThatComesLate_DoesNotTakeThePlaceOfTheNewOne()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        await using PageVisit visit = await browser.VisitAsync(run);
        TaskCompletionSource late = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await visit.Page.RouteAsync(static url => url.Contains("plan=true", StringComparison.Ordinal), async route =>
        {
            if (IsOfG4(route.Request))
                await late.Task;

            await route.ContinueAsync();
        });
        await visit.Button("Join…").ClickAsync();
        await visit.Page.RunAndWaitForRequestAsync(() => visit.Dialog.GetByLabel("Groups, by name").FillAsync("g4"), IsOfG4);
        await visit.Dialog.GetByLabel("Groups, by name").FillAsync("g/5");
        await Expect(visit.Dialog.Locator("[data-is=bad]")).ToContainTextAsync("a group's name has 1 to 64 letters");
        await visit.Page.RunAndWaitForRequestFinishedAsync(
            () => Task.FromResult(late.TrySetResult()), new() { Predicate = IsOfG4 });
        await visit.Page.EvaluateAsync("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
        await Expect(visit.Dialog.Locator("[data-is=bad]")).ToContainTextAsync("a group's name has 1 to 64 letters");
        await Expect(visit.Confirmation).ToBeDisabledAsync();
        visit.HasNoComplaint();

        static bool IsOfG4(IRequest request) => request.PostData?.Contains("g4", StringComparison.Ordinal) == true;
    }

    /// <summary>Writes values of 60 kB to shard 5; answers the shard's group.</summary>
    private static async Task<string> WriteAsync(SiloRun run, int values)
    {
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        string value = $"\"{new string('x', 60_000)}\"";
        for (int i = 0; i < values; i++)
            (await api.PutAsync($"/api/v1/keys/large-{i}?shard=5", value)).IsDone();

        return (await api.GetAsync("/api/v1/shards/5")).Field("gid");
    }
}
