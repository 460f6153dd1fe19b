using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace OrleansShards.Tests.House;

/// <summary>
/// The catalogues' changes to Core compile: a text can stand where it did, and yet name what was renamed. Of a rule only the
/// file that it changes is checked, which takes seconds and not minutes; warnings that the build makes errors are not.
/// </summary>
public sealed class PlantedCompilationTests
{
    // What eng/planted.sh writes beside the woven code.
    private const string Switch =
        "namespace OrleansShards.Core; static class Planted { internal static bool Is(string name) => name == null; }";

    private const string ImplicitUsings =
        "System, System.Collections.Generic, System.IO, System.Linq, System.Net.Http, System.Threading, System.Threading.Tasks";

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview);
    private static readonly CSharpCompilation Core = Compile();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Planted_Woven_Compiles()
    {
        var woven = Core.AddSyntaxTrees(CSharpSyntaxTree.ParseText(Switch, Options, cancellationToken: Cancelled));
        foreach (var change in CatalogueEntry.ReadAll("Tests/Planted").SelectMany(e => e.Changes))
            woven = Apply(woven, change);

        AssertNone(Errors(woven.GetDiagnostics(Cancelled)));
    }

    [Fact]
    public void Rules_EachByItself_Compiles()
    {
        AssertNone(Errors(Core.GetDiagnostics(Cancelled)));
        AssertNone(CatalogueEntry.ReadAll("Tests/Rules").AsParallel().SelectMany(entry =>
        {
            var broken = entry.Changes.Aggregate(Core, Apply);
            return entry.Changes.Select(change => Find(broken, change.File)).OfType<SyntaxTree>().Distinct()
                .SelectMany(tree => Errors(broken.GetSemanticModel(tree).GetDiagnostics(cancellationToken: Cancelled)))
                .Select(error => $"{entry.Source}: '{entry.Rule}': {error}");
        }));
    }

    private static CSharpCompilation Compile()
    {
        var usings = XDocument.Load(Path.Combine(Repository.Root, "Core/Core.csproj")).Descendants("Using")
            .Select(item => item.Attribute("Include")!.Value)
            .Concat(ImplicitUsings.Split(", "))
            .Select(name => $"global using {name};");
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "Core"), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Where(file => !file.Split('/')[1].Equals("obj", StringComparison.Ordinal) && file.Split('/')[1] != "bin")
            .Select(file => Parse(File.ReadAllText(Path.Combine(Repository.Root, file)), file));
        var libraries = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => IsOfCore(Path.GetFileName(path)))
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create(
            "OrleansShards.Core",
            [Parse(string.Join('\n', usings), "usings"), .. sources],
            libraries,
            new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }

    // The tests' other libraries have types of the same names.
    private static bool IsOfCore(string library) =>
        library.StartsWith("Orleans.Serialization", StringComparison.Ordinal) || !library.StartsWith("Orleans", StringComparison.Ordinal);

    private static SyntaxTree Parse(string text, string file) => CSharpSyntaxTree.ParseText(text, Options, file);

    private static SyntaxTree? Find(CSharpCompilation code, string file) => code.SyntaxTrees.SingleOrDefault(tree => tree.FilePath == file);

    // A change outside Core is not looked at.
    private static CSharpCompilation Apply(CSharpCompilation code, CatalogueChange change) => Find(code, change.File) is { } tree
        ? code.ReplaceSyntaxTree(
            tree, Parse(tree.ToString().Replace(change.From, change.To, StringComparison.Ordinal), change.File))
        : code;

    private static IEnumerable<string> Errors(IEnumerable<Diagnostic> found) =>
        found.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => $"{diagnostic}");

    private static void AssertNone(IEnumerable<string> errors)
    {
        var all = errors.ToList();
        Assert.True(all.Count == 0, $"{all.Count} errors:\n{string.Join('\n', all)}");
    }
}
