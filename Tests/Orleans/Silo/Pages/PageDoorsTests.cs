using System.Collections.Concurrent;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>The page from another machine: it shows everything, and does nothing without the right key.</summary>
public sealed class PageDoorsTests(PageBrowser browser) : IDisposable
{
    private const string Reader = "0123456789abcdef-reader";
    private const string Admin = "0123456789abcdef-admin";

    // What a proxy on this machine says of whom it serves.
    private static readonly BrowserNewContextOptions FromElsewhere = new()
    {
        ExtraHTTPHeaders = [KeyValuePair.Create("X-Forwarded-For", "203.0.113.7")],
    };

    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public async Task Action_WithAWrongKey_IsRefusedInTheApisWordsUntilTheRightOneIsTyped()
    {
        await File.WriteAllTextAsync(_file, $"rita read {Reader}\nalice admin {Admin}\n", TestContext.Current.CancellationToken);
        using SiloRun run = new("--api-key-file", _file);
        await run.UntilReadyIsAsync(true);
        await using PageVisit visit = await browser.VisitAsync(run, FromElsewhere);
        await Expect(visit.Shard(15)).ToBeVisibleAsync();

        await visit.Button("Switch over…").ClickAsync();
        ILocator refusal = visit.Dialog.Locator("[data-is=bad]");
        await Expect(refusal).ToContainTextAsync("expected a header Authorization: Bearer KEY");
        await Expect(visit.Confirmation).ToBeDisabledAsync();
        ILocator field = visit.Dialog.GetByLabel("Key", new() { Exact = true });
        await field.FillAsync("0123456789abcdef-wrong");
        await field.PressAsync("Enter");
        await Expect(refusal).ToHaveTextAsync("the key is none of the silo's --api-key-file");

        await field.FillAsync(Reader);
        await field.PressAsync("Enter");
        await Expect(refusal).ToHaveTextAsync("the key rita has the role read; this needs admin");
        await Expect(visit.Confirmation).ToBeDisabledAsync();

        await field.FillAsync(Admin);
        await visit.Button("Use this key").ClickAsync();
        await Expect(visit.Dialog.Locator(".plan")).ToContainTextAsync("n1 would hand over to n2");
        await visit.Confirmation.ClickAsync();
        await Expect(visit.Asked).ToContainTextAsync("n2 leads in term");
        await Expect(visit.Page.Locator("#visitor")).ToHaveTextAsync("alice · admin");
        visit.HasNoComplaint();

        // In this tab only, also after a reload.
        await visit.Page.ReloadAsync();
        await Expect(visit.Page.Locator("#visitor")).ToHaveTextAsync("alice · admin");
        Assert.Equal(Admin, await visit.Page.EvaluateAsync<string>("sessionStorage.getItem('key')"));
        string elsewhere = await visit.Page.EvaluateAsync<string>(
            "JSON.stringify({ ...localStorage }) + document.cookie + location.href + document.documentElement.outerHTML"
            + " + sessionStorage.getItem('asked')");
        Assert.DoesNotContain("0123456789abcdef", elsewhere, StringComparison.Ordinal);

        await visit.Button("alice · admin").ClickAsync();
        await visit.Button("Forget the key").ClickAsync();
        await Expect(visit.Page.Locator("#visitor")).ToHaveTextAsync("Key…");
        Assert.Null(await visit.Page.EvaluateAsync<string?>("sessionStorage.getItem('key')"));
    }

    [Fact]
    public async Task Action_OnASiloWithoutKeys_IsRefusedWithWhatToDo()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        await using PageVisit visit = await browser.VisitAsync(run, FromElsewhere);
        await visit.Button("Switch over…").ClickAsync();
        await Expect(visit.Dialog.Locator("[data-is=bad]")).ToContainTextAsync("the silo has no --api-key-file");
        await Expect(visit.Confirmation).ToBeDisabledAsync();
        await Expect(visit.Dialog.Locator("input")).ToHaveCountAsync(0);
        visit.HasNoComplaint();
    }

    [Fact]
    public async Task Dashboard_WithAKeyAsThePassword_IsThere()
    {
        await File.WriteAllTextAsync(_file, $"rita read {Reader}\n", TestContext.Current.CancellationToken);
        using SiloRun run = new("--api-key-file", _file);
        await run.UntilReadyIsAsync(true);
        await using PageVisit visit = await browser.PrepareAsync(run, new BrowserNewContextOptions(FromElsewhere)
        {
            HttpCredentials = new HttpCredentials { Username = "rita", Password = Reader },
        });
        ConcurrentQueue<(string Path, int Status)> answers = [];
        visit.Page.Response += (_, answer) => answers.Enqueue((new Uri(answer.Url).AbsolutePath, answer.Status));
        await visit.Page.GotoAsync($"{run.Url}dashboard");

        // What its script asks for by itself.
        await visit.Page.WaitForResponseAsync(static answer => answer.Url.Contains("/DashboardCounters", StringComparison.Ordinal));
        Assert.Contains(answers, static one => one == ("/dashboard/", 200));
        Assert.All(answers.Where(static one => one.Path != "/dashboard"), static one => Assert.Equal((one.Path, 200), one));
        visit.HasNoComplaint();
    }

    public void Dispose() => File.Delete(_file);
}
