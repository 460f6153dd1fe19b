namespace OrleansShards.Tests.House;

public sealed class TidyTests
{
    /// <summary>Only ever lowered: an entry more is a rule less.</summary>
    private const int ExceptionsMax = 0;

    private static readonly IReadOnlyList<TidyException> Exceptions = TidyException.ReadAll();

    private static readonly Lazy<IReadOnlyList<SourceFile>> CSharp = new(Repository.CSharpFiles);

    public static TheoryData<string> CSharpRules => [.. TidyRules.ForCSharp.Select(r => r.Name)];

    public static TheoryData<string> ScriptRules => [.. TidyRules.ForScripts.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(CSharpRules))]
    public void CSharpFiles_Rule_IsKept(string rule) =>
        AssertNone(FindingsOf(TidyRules.ForCSharp.Single(r => r.Name == rule), CSharp.Value));

    [Theory]
    [MemberData(nameof(ScriptRules))]
    public void Scripts_Rule_IsKept(string rule) =>
        AssertNone(FindingsOf(TidyRules.ForScripts.Single(r => r.Name == rule), Repository.Scripts()));

    [Fact]
    public void Exceptions_Number_OnlyShrinks() =>
        Assert.True(
            Exceptions.Count <= ExceptionsMax,
            $"{Exceptions.Count} exceptions; at most {ExceptionsMax} were agreed on");

    [Fact]
    public void Exceptions_EveryEntry_IsStillNeeded()
    {
        var findings = TidyRules.ForCSharp.SelectMany(r => CSharp.Value.SelectMany(r.Check))
            .Concat(TidyRules.ForScripts.SelectMany(r => Repository.Scripts().SelectMany(r.Check)))
            .ToList();
        Assert.DoesNotContain(Exceptions, e => !findings.Any(e.Covers));
    }

    [Fact]
    public void Repository_FilesFound_AreThoseOfEveryPart()
    {
        var folders = CSharp.Value.Select(f => f.Path.Split('/')[0]).ToHashSet();
        Assert.Superset(new HashSet<string> { "Core", "Storage", "Tests", "MaelstromGateway" }, folders);
        Assert.Contains(CSharp.Value, f => f.Path == "Tests/House/TidyTests.cs");
        Assert.DoesNotContain(CSharp.Value, f => f.Path.Contains("/obj/", StringComparison.Ordinal));
        Assert.Superset(
            new HashSet<string> { "run.sh", "test.sh", ".ci/run", "eng/build.sh" },
            Repository.Scripts().Select(f => f.Path).ToHashSet());
    }

    private static List<Finding> FindingsOf(TidyRule rule, IEnumerable<SourceFile> files) =>
        [.. files.SelectMany(rule.Check).Where(f => !Exceptions.Any(e => e.Covers(f)))];

    private static void AssertNone(List<Finding> findings) =>
        Assert.True(findings.Count == 0, $"{findings.Count} found:\n{string.Join('\n', findings)}");
}
