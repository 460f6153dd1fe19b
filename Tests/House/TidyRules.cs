using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OrleansShards.Tests.House;

/// <summary>What a compiler and its analyzers do not say.</summary>
internal static partial class TidyRules
{
    private const int FileLinesMax = 400;
    private const int MemberLinesMax = 70;
    // 120 is what we write (.editorconfig); beyond 140 it is no matter of a word any more.
    private const int LineCharactersMax = 140;
    private const int CompanionRecordLinesMax = 40;
    private const int CompanionLinesMax = 25;

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
            yield return new("file-length", file.Path, file.Lines.Length, "", $"{file.Lines.Length} lines");
    }

    private static IEnumerable<Finding> LongLines(SourceFile file) =>
        file.Lines.Index()
            .Where(line => line.Item.Length > LineCharactersMax)
            .Select(line => new Finding(
                "line-length", file.Path, line.Index + 1, "", $"{line.Item.Length} characters"));

    private static IEnumerable<Finding> LongMembers(SourceFile file) =>
        from member in file.Syntax.DescendantNodes().OfType<MemberDeclarationSyntax>()
        where HasCode(member)
        let lines = LinesOf(file, member)
        where lines > MemberLinesMax
        let name = NameOf(member)
        select new Finding("method-length", file.Path, FirstLineOf(file, member), name, $"{name} has {lines} lines");

    /// <summary>Whether a member does something: a field, or a property that only holds something, may be a long
    /// list.</summary>
    private static bool HasCode(MemberDeclarationSyntax member) => member switch
    {
        BaseMethodDeclarationSyntax => true,
        PropertyDeclarationSyntax { ExpressionBody: not null } or IndexerDeclarationSyntax { ExpressionBody: not null } => true,
        BasePropertyDeclarationSyntax { AccessorList: { } accessors } =>
            accessors.Accessors.Any(accessor => accessor.Body is not null || accessor.ExpressionBody is not null),
        _ => false,
    };

    private static string NameOf(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        EventDeclarationSyntax happening => happening.Identifier.Text,
        OperatorDeclarationSyntax overload => $"operator {overload.OperatorToken.Text}",
        IndexerDeclarationSyntax => "this",
        _ => member.Kind().ToString(),
    };

    private static IEnumerable<Finding> TypesNotNamedAsFile(SourceFile file)
    {
        // Log.Reading.cs is a part of Log.
        var expected = file.Name.Split('.')[0];
        var types = TypesOf(file).Where(t =>
            t.Parent is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax
            && t.Modifiers.Any(SyntaxKind.PublicKeyword)).ToList();
        var isNamed = MessageFamilies.Match(file.Name) || types.Any(t => t.Identifier.Text == expected);
        return types
            .Where(t => t.Identifier.Text != expected && !(isNamed && IsCompanion(file, t)))
            .Select(t => new Finding(
                "type-per-file", file.Path, FirstLineOf(file, t), t.Identifier.Text, $"public {t.Identifier.Text}: {Expected}"));
    }

    private const string Expected =
        "expected one public type, named as the file, and beside it only small ones that belong to it";

    private static IEnumerable<BaseTypeDeclarationSyntax> TypesOf(SourceFile file) =>
        file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>();

    private static bool IsCompanion(SourceFile file, BaseTypeDeclarationSyntax type) => LinesOf(file, type)
        <= (type is RecordDeclarationSyntax or EnumDeclarationSyntax ? CompanionRecordLinesMax : CompanionLinesMax);

    private static int LinesOf(SourceFile file, MemberDeclarationSyntax member) =>
        file.LineOf(member.Span.End) - FirstLineOf(file, member) + 1;

    /// <summary>Attributes do not count.</summary>
    private static int FirstLineOf(SourceFile file, MemberDeclarationSyntax member) => file.LineOf(
        member.AttributeLists.LastOrDefault() is { } attributes
            ? attributes.GetLastToken().GetNextToken().SpanStart
            : member.SpanStart);

    private static IEnumerable<Finding> Regions(SourceFile file) =>
        file.Syntax.DescendantTrivia()
            .Where(trivia => trivia.IsKind(SyntaxKind.RegionDirectiveTrivia))
            .Select(trivia => Found("no-region", file, trivia.SpanStart, trivia.ToString()));

    private static IEnumerable<Finding> VagueTypeNames(SourceFile file) =>
        TypesOf(file)
            .Where(type => VagueName().IsMatch(type.Identifier.Text))
            .Select(type => Found("type-name", file, type.SpanStart, type.Identifier.Text, type.Identifier.Text));

    private static IEnumerable<Finding> Sleeps(SourceFile file) =>
        file.Path.StartsWith("Tests/", StringComparison.Ordinal)
            ? file.Syntax.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
                .Where(access => (LastNameOf(access.Expression), access.Name.Identifier.Text) is
                    ("Thread", "Sleep") or ("Task", "Delay"))
                .Select(access => Found("no-sleep-in-tests", file, access.SpanStart, access.ToString()))
            : [];

    private static string LastNameOf(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.Text,
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        _ => "",
    };

    private static IEnumerable<Finding> TodosWithoutNumber(SourceFile file) =>
        from trivia in file.Syntax.DescendantTrivia()
        where trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
            or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia
        from Match todo in NumberlessTodo().Matches(trivia.ToFullString())
        select Found("todo-number", file, trivia.FullSpan.Start + todo.Index, todo.Value);

    private static Finding Found(string rule, SourceFile file, int position, string text, string symbol = "") =>
        new(rule, file.Path, file.LineOf(position), symbol, text);

    [GeneratedRegex("Manager|Helper|Util(s|ities)?$")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"\b(TODO|FIXME)\b(?!\s*\(?#\d)")]
    private static partial Regex NumberlessTodo();
}
