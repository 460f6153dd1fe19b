using System.Text.RegularExpressions;
using OrleansShards.Silo.Pages;

namespace OrleansShards.Tests.Orleans.Silo.Pages;

/// <summary>What the page's files are sent with, and that the page could not do more than its policy allows.</summary>
public sealed partial class PageFilesTests(Api.ApiSilo silo)
{
    [Fact]
    public async Task Files_Sent_HaveThePolicyAndTheirTypes()
    {
        using HttpClient http = new() { BaseAddress = (await silo.ClientAsync()).Address };
        foreach ((string path, _, string type) in ClusterPage.Files)
        {
            using HttpResponseMessage answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
            answer.EnsureSuccessStatusCode();
            Assert.Equal(type, $"{answer.Content.Headers.ContentType}");
            Assert.Equal(ClusterPage.Policy, Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));

            using HttpRequestMessage again = new(HttpMethod.Get, path);
            again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
            using HttpResponseMessage same = await http.SendAsync(again, TestContext.Current.CancellationToken);
            Assert.Equal(System.Net.HttpStatusCode.NotModified, same.StatusCode);
        }
    }

    [Fact]
    public void Policy_OfThePage_AllowsNothingInlineAndNothingFromElsewhere()
    {
        Dictionary<string, string> rules = ClusterPage.Policy.Split(';', StringSplitOptions.TrimEntries)
            .Select(static rule => rule.Split(' ', 2)).ToDictionary(static rule => rule[0], static rule => rule[1]);
        Assert.Equal("'none'", rules["default-src"]);
        Assert.Equal("'none'", rules["frame-ancestors"]);
        Assert.Equal("'none'", rules["base-uri"]);
        Assert.All(rules.Values, static sources => Assert.True(sources is "'none'" or "'self'", sources));
    }

    [Fact]
    public void Files_AsTheyAre_NameNoOtherPlace()
    {
        foreach ((_, string resource, _) in ClusterPage.Files)
        {
            using StreamReader reader = new(typeof(ClusterPage).Assembly.GetManifestResourceStream(resource)!);
            string text = reader.ReadToEnd().Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
            Assert.DoesNotMatch(Elsewhere(), text);
            Assert.DoesNotMatch(MarkupFromText(), text);
        }
    }

    [GeneratedRegex("https?://|src=[\"']//|url\\(|@import")]
    private static partial Regex Elsewhere();

    [GeneratedRegex("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(| on[a-z]+=\"| style=\"")]
    private static partial Regex MarkupFromText();
}
