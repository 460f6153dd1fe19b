using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OrleansShards.Tests.Orleans.Telemetry;

/// <summary>The rules of docs/telemetry/alerts.yml, and the dashboard beside them.</summary>
public sealed partial class AlertRulesTests
{
    private static readonly string Rules = File.ReadAllText(Path.Combine(TelemetryDocs.Folder, "alerts.yml"));
    private static readonly string Cases = File.ReadAllText(Path.Combine(TelemetryDocs.Folder, "alerts.test.yml"));

    private static string[] Alerts => [.. AlertNames().Matches(Rules).Select(static one => one.Groups["name"].Value)];

    [Fact]
    public void EveryRule_AsksForMetricsThatExist()
    {
        Assert.NotEmpty(TelemetryDocs.NamesIn(Rules));
        Assert.All(TelemetryDocs.NamesIn(Rules), static name => Assert.Contains(name, TelemetryDocs.Series));
        Assert.All(TelemetryDocs.NamesIn(Cases), static name => Assert.Contains(name, TelemetryDocs.Series));
    }

    [Fact]
    public void EveryRule_IsInTheDocs_WithWhatToDo() => Assert.Equal(
        Alerts.Order(StringComparer.Ordinal),
        AlertRows().Matches(TelemetryDocs.Page).Select(static row => row.Groups["name"].Value).Order(StringComparer.Ordinal));

    /// <summary>Whether the cases hold, promtool says.</summary>
    [Fact]
    public void EveryRule_HasACaseInWhichItFires_AndOneInWhichItDoesNot()
    {
        Assert.NotEmpty(Alerts);
        Assert.Equal(Alerts.Order(StringComparer.Ordinal), CasesOf(static expected => expected.Length == 0));
        Assert.Equal(Alerts.Order(StringComparer.Ordinal), CasesOf(static expected => expected.Length > 0));
    }

    [Fact]
    public async Task EveryRule_CheckedByPromtool_FiresAsItsCasesSay()
    {
        string tool = Environment.GetEnvironmentVariable("PROMTOOL") is { Length: > 0 } given ? given : "promtool";
        Assert.SkipUnless(IsThere(tool), "promtool is not there (Debian: apt-get install prometheus; or PROMTOOL=its path)");

        await RunAsync(tool, "check", "rules", "alerts.yml");
        await RunAsync(tool, "test", "rules", "alerts.test.yml");
    }

    [Fact]
    public void Dashboard_IsJson_AndAsksForMetricsThatExist()
    {
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(TelemetryDocs.Folder, "dashboard.json")));
        string[] expressions =
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(static panel => panel.TryGetProperty("targets", out _))
                .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
                .Select(static target => target.GetProperty("expr").GetString()!),
        ];
        string[] names = [.. expressions.SelectMany(TelemetryDocs.NamesIn).Distinct()];

        Assert.All(names, static name => Assert.Contains(name, TelemetryDocs.Series));
        Assert.DoesNotContain(TelemetryDocs.Series.Except(names), static name => !PartOfHistogram(name));
    }

    private static bool PartOfHistogram(string name) => name.Contains("_duration_seconds_", StringComparison.Ordinal);

    private static IEnumerable<string> CasesOf(Func<string, bool> isWanted) => AlertCases().Matches(Cases)
        .Where(one => isWanted(one.Groups["expected"].Value))
        .Select(static one => one.Groups["name"].Value)
        .Distinct()
        .Order(StringComparer.Ordinal);

    private static bool IsThere(string tool) => Path.IsPathRooted(tool)
        ? File.Exists(tool)
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)));

    private static async Task RunAsync(string tool, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments)
        {
            WorkingDirectory = TelemetryDocs.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{tool} {string.Join(' ', arguments)}: {await output}{await errors}");
    }

    [GeneratedRegex(@"^ +- alert: (?<name>\w+)$", RegexOptions.Multiline)]
    private static partial Regex AlertNames();

    [GeneratedRegex(@"^\| `(?<name>OrleansShards\w+)` \| [^|]+ \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex AlertRows();

    [GeneratedRegex(@"alertname: (?<name>\w+)\n +exp_alerts:(?<expected>( \[\])?)\n")]
    private static partial Regex AlertCases();
}
