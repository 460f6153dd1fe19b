using System.Globalization;
using System.Text.RegularExpressions;
using OrleansShards.Simulation.Cli;
using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Faults;
using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Simulation;

/// <summary>What docs/simulation.md lists is what there is.</summary>
public sealed partial class SimulationDocTests
{
    private static readonly string Doc = File.ReadAllText(Path.Combine(Repository.Root, "docs", "simulation.md"));

    [Fact]
    public void Doc_Options_AreThoseOfTheTable()
    {
        string expected = string.Concat(OptionTable.All.Select(static spec =>
            string.Create(CultureInfo.InvariantCulture, $"| `{spec.Name}` | {spec.Calm} | {spec.Text} |\n")));
        string rows = RowsOf("options");
        Assert.True(rows == expected, $"the table of options in docs/simulation.md should be\n{expected}");
    }

    [Fact]
    public void Doc_Profiles_AreAllThereAre() => Assert.Equal(
        string.Concat(Profile.All.Select(static profile => $"| `{profile.Name}` | {profile.Text} |\n")), RowsOf("profiles"));

    [Fact]
    public void Doc_Faults_AreAllKindsInTheirOrder() => Assert.Equal(Enum.GetValues<FaultKind>().Select(Report.NameOf), NamesOf("faults"));

    [Fact]
    public void Doc_Rules_AreThoseThatTheCodeChecks()
    {
        IEnumerable<string> checkedRules = Repository.CSharpFiles()
            .Where(static file => file.Path.StartsWith("Simulation/", StringComparison.Ordinal))
            .SelectMany(static file => RuleName().Matches(string.Join('\n', file.Lines)))
            .Select(static match => match.Groups[1].Value);
        Assert.Equal(checkedRules.Distinct().Order(StringComparer.Ordinal), NamesOf("rules").Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> NamesOf(string table) =>
        RowsOf(table).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static row => row.Split('`')[1]);

    /// <summary>A table's rows without its head.</summary>
    private static string RowsOf(string table)
    {
        string from = Doc[Doc.IndexOf($"<!-- {table}: ", StringComparison.Ordinal)..];
        string[] lines = from[..from.IndexOf("<!-- end -->", StringComparison.Ordinal)].Split('\n');
        return string.Join('\n', lines[3..]);
    }

    [GeneratedRegex("""(?:ViolationException\(\s*|\bRule = |RunResult\(_options, )"([a-z-]+)""")]
    private static partial Regex RuleName();
}
