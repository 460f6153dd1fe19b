using System.Text.RegularExpressions;
using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Orleans.Telemetry;

/// <summary>What docs/telemetry.md and the files beside it say.</summary>
internal static partial class TelemetryDocs
{
    internal static string Folder => Path.Combine(Repository.Root, "docs", "telemetry");

    internal static string Page { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs", "telemetry.md"));

    /// <summary>The metrics in the table of a meter, sorted.</summary>
    internal static IEnumerable<string> Metrics(string meter) => Rows(meter).Select(static row => row.Name);

    /// <summary>The names of a meter's metrics for Prometheus, as the table has them.</summary>
    internal static IEnumerable<string> PrometheusNames(string meter) => Rows(meter).Select(static row => row.Prometheus);

    /// <summary>Every metric of ours for Prometheus, a histogram's with what it is stored under.</summary>
    internal static IReadOnlySet<string> Series { get; } = PrometheusNames("OrleansShards").Concat(PrometheusNames("OrleansShards.Client"))
        .SelectMany(static name => name.EndsWith("_duration_seconds", StringComparison.Ordinal)
            ? new[] { $"{name}_bucket", $"{name}_count", $"{name}_sum" }
            : [name])
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The names of our metrics in an expression of Prometheus, each once.</summary>
    internal static IEnumerable<string> NamesIn(string expression) =>
        Names().Matches(expression).Select(static name => name.Value).Distinct();

    private static IEnumerable<(string Name, string Prometheus)> Rows(string meter)
    {
        int begin = Page.IndexOf($"the meter `{meter}`", StringComparison.Ordinal);
        Assert.True(begin > 0, $"docs/telemetry.md has no table of the meter `{meter}`");
        int end = Page.IndexOf("\n\n", Page.IndexOf("| ---", begin, StringComparison.Ordinal), StringComparison.Ordinal);
        return MetricRows().Matches(Page[begin..end])
            .Select(static row => (row.Groups["name"].Value, row.Groups["prometheus"].Value))
            .OrderBy(static row => row.Item1, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^\| `(?<name>orleansshards\.[a-z_.]+)` \| `(?<prometheus>orleansshards_[a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRows();

    [GeneratedRegex("orleansshards_[a-z_]+")]
    private static partial Regex Names();
}
