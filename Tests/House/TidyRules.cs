using System.Text.RegularExpressions;

namespace OrleansShards.Tests.House;

/// <summary>What a compiler and its analyzers do not say.</summary>
internal static partial class TidyRules
{
    private const int FileLinesMax = 400;
    private const int MemberLinesMax = 70;
    // 120 is what we write (.editorconfig); beyond 140 it is no matter of a word any more.
    private const int LineCharactersMax = 140;
    private const int CompanionLinesMax = 40;

    public static readonly TidyRule FileLength = new("file-length", LongFiles);
    public static readonly TidyRule LineLength = new("line-length", LongLines);
    public static readonly TidyRule MethodLength = new("method-length", LongMembers);
    public static readonly TidyRule TypePerFile = new("type-per-file", TypesNotNamedAsFile);
    public static readonly TidyRule NoRegion = new("no-region", Regions);
    public static readonly TidyRule TypeName = new("type-name", VagueTypeNames);
    public static readonly TidyRule NoSleepInTests = new("no-sleep-in-tests", Sleeps);
    public static readonly TidyRule TodoNumber = new("todo-number", TodosWithoutNumber);

    public static readonly IReadOnlyList<TidyRule> ForCSharp =
        [FileLength, LineLength, MethodLength, TypePerFile, NoRegion, TypeName, NoSleepInTests, TodoNumber];

    public static readonly IReadOnlyList<TidyRule> ForScripts = [FileLength, LineLength];

    private static IEnumerable<Finding> LongFiles(SourceFile file)
    {
        if (file.Lines.Length > FileLinesMax)
        {
            yield return new("file-length", file.Path, file.Lines.Length, "", $"{file.Lines.Length} lines");
        }
    }

    private static IEnumerable<Finding> LongLines(SourceFile file) =>
        file.Lines.Index()
            .Where(line => line.Item.Length > LineCharactersMax)
            .Select(line => new Finding(
                "line-length", file.Path, line.Index + 1, "", $"{line.Item.Length} characters"));

    private static IEnumerable<Finding> LongMembers(SourceFile file) =>
        from member in file.Declarations
        where member.Kind == "code"
        let first = file.LineOf(member.Start)
        let lines = file.LineOf(member.End) - first + 1
        where lines > MemberLinesMax
        select new Finding("method-length", file.Path, first, member.Name, $"{member.Name} has {lines} lines");

    private static IEnumerable<Finding> TypesNotNamedAsFile(SourceFile file)
    {
        // Log.Reading.cs is a part of Log.
        var expected = file.Name.Split('.')[0];
        var types = file.Declarations.Where(d => d is { IsType: true, IsTopLevel: true, IsPublic: true }).ToList();
        var isFamily = MessageFamilies.Match(file.Name);
        var isNamed = isFamily || types.Any(t => t.Name == expected);
        return types
            .Where(t => t.Name != expected && !(isNamed && IsCompanion(file, t)))
            .Select(t => new Finding(
                "type-per-file", file.Path, file.LineOf(t.Start), t.Name, $"public {t.Kind} {t.Name}: {Expected}"));
    }

    private const string Expected =
        "expected one public type, named as the file, and beside it only small records and enums that belong to it";

    private static bool IsCompanion(SourceFile file, Declaration type) =>
        type.Kind is "record" or "enum" && LinesOf(file, type) <= CompanionLinesMax;

    private static int LinesOf(SourceFile file, Declaration type) =>
        file.LineOf(type.End) - file.LineOf(type.Start) + 1;

    private static IEnumerable<Finding> Regions(SourceFile file) =>
        Matches("no-region", file, file.Parts.Directives, RegionDirective());

    private static IEnumerable<Finding> VagueTypeNames(SourceFile file) =>
        file.Declarations
            .Where(d => d.IsType && VagueName().IsMatch(d.Name))
            .Select(d => new Finding("type-name", file.Path, file.LineOf(d.Start), d.Name, d.Name));

    private static IEnumerable<Finding> Sleeps(SourceFile file) =>
        file.Path.StartsWith("Tests/", StringComparison.Ordinal)
            ? Matches("no-sleep-in-tests", file, file.Parts.Code, Sleep())
            : [];

    private static IEnumerable<Finding> TodosWithoutNumber(SourceFile file) =>
        Matches("todo-number", file, file.Parts.Comments, NumberlessTodo());

    private static IEnumerable<Finding> Matches(string rule, SourceFile file, string part, Regex pattern) =>
        pattern.Matches(part).Select(m => new Finding(rule, file.Path, file.LineOf(m.Index), "", m.Value.Trim()));

    [GeneratedRegex(@"#\s*region\b")]
    private static partial Regex RegionDirective();

    [GeneratedRegex("Manager|Helper|Util(s|ities)?$")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"\bThread\s*\.\s*Sleep\b|\bTask\s*\.\s*Delay\s*\(")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\b(TODO|FIXME)\b(?!\s*\(?#\d)")]
    private static partial Regex NumberlessTodo();
}
