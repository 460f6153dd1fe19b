using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace OrleansShards.Tests.House;

/// <summary>No person reads a record's generated text, a type's name or a stack, unless it is said here why.</summary>
public sealed class GeneratedTextsTests
{
    private const string ImplicitUsings =
        "System, System.Collections.Generic, System.IO, System.Linq, System.Net.Http, System.Threading, System.Threading.Tasks";

    private const string UsingsOfWeb =
        "Microsoft.AspNetCore.Builder, Microsoft.AspNetCore.Hosting, Microsoft.AspNetCore.Http, Microsoft.AspNetCore.Routing, "
        + "Microsoft.Extensions.Configuration, Microsoft.Extensions.DependencyInjection, Microsoft.Extensions.Hosting, "
        + "Microsoft.Extensions.Logging, System.Net.Http.Json";

    private const string UsingsOfOrleans = "Orleans, Orleans.Hosting, Orleans.Runtime";

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview);

    private static readonly string[] Libraries =
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);

    // Defects, in the log of the process that has them.
    private static readonly (string Path, string Symbol)[] Wanted =
    [
        ("Client/Routing/RouterHost.cs", "defect"),
        ("MaelstromGateway/Requests/FrontEnd.cs", "fault"),
        ("Silo/Program.cs", "failure"),
    ];

    public static TheoryData<string> Projects =>
        ["Core", "Storage", "Backups", "CommandLine", "Grains.Interfaces", "Client", "Grains", "Silo", "MaelstromGateway", "Cli"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_NothingGenerated_BecomesText(string project)
    {
        var code = Compile(project);
        var unknown = GeneratedTexts.ListIn(code).Where(static one => !one.IsKnown).Select(static one => one.Where).ToList();
        Assert.True(unknown.Count == 0, $"{unknown.Count} of unknown types, so not read as it is compiled:\n{string.Join('\n', unknown)}");
        var found = GeneratedTexts.FindIn(code).Where(static one => !Wanted.Contains((one.Path, one.Symbol))).ToList();
        Assert.True(found.Count == 0, $"{found.Count} found:\n{string.Join('\n', found)}");
    }

    [Fact]
    public void Wanted_EveryEntry_IsStillNeeded()
    {
        var found = Wanted.Select(static one => one.Path.Split('/')[0]).Distinct().SelectMany(static project =>
            GeneratedTexts.FindIn(Compile(project))).Select(static one => (one.Path, one.Symbol)).ToHashSet();
        Assert.Equal([], Wanted.Except(found));
    }

    [Theory]
    [InlineData("$\"{record}\"", "a record's generated text")]
    [InlineData("$\"{maybe}\"", "a record's generated text")]
    [InlineData("\"\" + value", "a record's generated text")]
    [InlineData("record.ToString()", "a record's generated text")]
    [InlineData("string.Join(',', many)", "a record's generated text")]
    [InlineData("$\"{many}{new int[1]}\"", "the name of its type")]
    [InlineData("new System.Text.StringBuilder().Append(record).ToString()", "a record's generated text")]
    [InlineData("$\"{numbers}\"", "the name of its type")]
    [InlineData("$\"{failure}\"", "an exception's stack")]
    [InlineData("$\"{failure.Message}{worded}{number}{System.DayOfWeek.Friday}{record.Number}\" + string.Join(',', numbers)", null)]
    public void Text_OfEachKind_IsFound(string expression, string? problem)
    {
        var text = "record Plain(int Number); record struct Value(int Number); "
            + "record Worded { public override string ToString() => \"\"; } "
            + "class Sample { string Of(Plain record, Value value, Value? maybe, Worded worded, System.Exception failure, int number, "
            + $"System.Collections.Generic.List<int> numbers, System.Collections.Generic.IEnumerable<Plain> many) => {expression}; }}";
        var found = GeneratedTexts.FindIn(Compile("Sample", [Parse(text, "sample")], Libraries));
        Assert.Equal(problem is null ? [] : [problem], found.Select(one => one.Text.Split(" becomes ")[1]).Distinct());
    }

    private static CSharpCompilation Compile(string project)
    {
        var definition = XDocument.Load(Path.Combine(Repository.Root, project, $"{project}.csproj"));
        var assembly = definition.Descendants("AssemblyName").FirstOrDefault()?.Value ?? $"OrleansShards.{project}";
        var usings = definition.Descendants("Using").Select(item => item.Attribute("Include")!.Value)
            .Concat(ImplicitUsings.Split(", "))
            .Concat(project == "Silo" ? UsingsOfWeb.Split(", ") : [])
            .Concat(definition.Descendants("PackageReference").Any(item => BringsUsings(item.Attribute("Include")!.Value))
                ? UsingsOfOrleans.Split(", ")
                : [])
            .Select(name => $"global using {name};");
        var sources = Repository.CSharpFiles().Where(file => file.Path.StartsWith(project + "/", StringComparison.Ordinal))
            .Select(file => Parse(string.Join('\n', file.Lines), file.Path));
        return Compile(
            assembly,
            [Parse(string.Join('\n', usings), "usings"), .. sources],
            Libraries.Where(path => Path.GetFileNameWithoutExtension(path) != assembly
                && Path.GetFileNameWithoutExtension(path) != "OrleansShards.Tests"));
    }

    private static bool BringsUsings(string package) =>
        package is "Microsoft.Orleans.Sdk" or "Microsoft.Orleans.Server" or "Microsoft.Orleans.Client";

    private static CSharpCompilation Compile(string name, IEnumerable<SyntaxTree> sources, IEnumerable<string> libraries) =>
        CSharpCompilation.Create(
            name,
            sources,
            libraries.Select(path => MetadataReference.CreateFromFile(path)),
            new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    private static SyntaxTree Parse(string text, string file) => CSharpSyntaxTree.ParseText(text, Options, file);
}
