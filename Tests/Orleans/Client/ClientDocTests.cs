using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>What docs/client.md shows is compiled somewhere.</summary>
public sealed class ClientDocTests
{
    [Fact]
    public void Snippets_EachOne_StandsInCodeThatIsCompiled()
    {
        string[] snippets = [.. Snippets(File.ReadAllLines(Path.Combine(Repository.Root, "docs", "client.md")))];
        string[] sources = [.. Sources().Select(static file => Plain(File.ReadAllLines(file)))];

        Assert.NotEmpty(snippets);
        Assert.All(snippets, snippet => Assert.True(
            sources.Any(source => source.Contains(snippet, StringComparison.Ordinal)),
            $"expected in ClientSnippets.cs or in samples/Application:\n{snippet}"));
    }

    private static IEnumerable<string> Sources() =>
    [
        Path.Combine(Repository.Root, "Tests", "Orleans", "Client", "ClientSnippets.cs"),
        .. Directory.GetFiles(Path.Combine(Repository.Root, "samples", "Application"), "*.cs"),
    ];

    private static IEnumerable<string> Snippets(string[] lines)
    {
        for (int at = Array.IndexOf(lines, "```csharp"); at >= 0; at = Array.IndexOf(lines, "```csharp", at))
        {
            int end = Array.IndexOf(lines, "```", at);
            yield return Plain(lines[(at + 1)..end]);
            at = end;
        }
    }

    /// <summary>Without what a page and a file differ in: indentation and empty lines.</summary>
    private static string Plain(string[] lines) =>
        string.Join('\n', lines.Select(static line => line.Trim()).Where(static line => line.Length > 0));
}
