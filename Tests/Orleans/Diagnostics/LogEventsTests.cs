using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Orleans.Diagnostics;

public sealed partial class LogEventsTests
{
    private static readonly int[] Ids =
    [
        .. typeof(LogEvents).GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(static field => (int)field.GetRawConstantValue()!),
    ];

    private static readonly string[] Projects = ["Grains", "Silo"];

    [Fact]
    public void EveryId_IsGivenOnceAndIsInTheDocs()
    {
        string docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        IEnumerable<int> documented = Rows().Matches(docs)
            .SelectMany(static row => row.Groups["ids"].Value.Split(", "))
            .Select(static id => int.Parse(id, CultureInfo.InvariantCulture));
        Assert.Equal(Ids.Order(), documented);
        Assert.Equal(Ids.Length, Ids.Distinct().Count());
    }

    [Fact]
    public void EveryMessageOfASilo_HasAnId()
    {
        string[] without =
        [
            .. Projects
                .Select(static project => Path.Combine(Repository.Root, project))
                .SelectMany(static folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
                .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal))
                .SelectMany(static path => Messages().Matches(File.ReadAllText(path)).Select(match => $"{path}: {match.Value}"))
                .Where(static message => !message.Contains("LogEvents.", StringComparison.Ordinal)),
        ];
        Assert.Empty(without);
    }

    [GeneratedRegex(@"^\| (?<ids>\d+(, \d+)*) \| (information|warning|error|critical)", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"\[LoggerMessage\([^,]*,")]
    private static partial Regex Messages();
}
