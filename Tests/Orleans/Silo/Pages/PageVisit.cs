using System.Collections.Concurrent;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>Somebody in front of a silo's page.</summary>
internal sealed class PageVisit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly Uri _address;
    private readonly ConcurrentQueue<string> _complaints = [];

    internal PageVisit(IBrowserContext context, IPage page, Uri address)
    {
        (_context, Page, _address) = (context, page, address);
        context.SetDefaultTimeout((float)SiloRun.Limit.TotalMilliseconds);
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith($"{address}", StringComparison.Ordinal))
                _complaints.Enqueue($"asked elsewhere: {request.Url}");
        };
        page.Console += (_, message) =>
        {
            // That a request was refused, or that nobody answered, is what some tests are about.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                _complaints.Enqueue(message.Text);
        };
    }

    internal IPage Page { get; }

    internal ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    /// <summary>What was asked for on this page, and how far it is.</summary>
    internal ILocator Asked => Page.Locator("#asked");

    /// <summary>Opens the page and waits until it is live.</summary>
    internal async Task OpenAsync(string fragment = "")
    {
        await Page.GotoAsync($"{_address}{fragment}");
        await IsLiveAsync();
    }

    internal Task IsLiveAsync() => Expect(Page.Locator("#link")).ToHaveTextAsync("live");

    internal ILocator Shard(int shard) => Page.Locator($".cell[data-key='{shard}']");

    internal ILocator Master(string name) => Page.Locator(".master").Filter(new() { HasText = name });

    internal ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>The button that carries out what the dialog shows the plan of.</summary>
    internal ILocator Confirmation => Dialog.Locator("#confirm");

    /// <summary>Neither an error of the script nor a breach of the page's policy, and no request to anybody but the silo.</summary>
    internal void HasNoComplaint() => Assert.Empty(_complaints);

    internal Task<bool> IsWiderThanTheScreenAsync() =>
        Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth");

    public ValueTask DisposeAsync() => new(_context.CloseAsync());
}
