namespace OrleansShards.Tests.House;

/// <summary>The repository that the tests were built from, found from where they run.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", "TestResults"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> CSharpFiles() => Files("*.cs");

    /// <summary>What people run: the scripts at the root and all that they read from eng/ and .ci/.</summary>
    public static IReadOnlyList<SourceFile> Scripts() =>
        [.. Files("*.sh"), .. Files("*.awk"), Read(Path.Combine(Root, ".ci", "run"))];

    private static List<SourceFile> Files(string pattern) =>
        [.. FilesUnder(Root, pattern).Order(StringComparer.Ordinal).Select(Read)];

    private static IEnumerable<string> FilesUnder(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern)
            .Concat(Directory.EnumerateDirectories(folder).Where(IsOurs).SelectMany(f => FilesUnder(f, pattern)));

    private static bool IsOurs(string folder)
    {
        var name = Path.GetFileName(folder);
        return !name.StartsWith('.') && !NotOurs.Contains(name);
    }

    private static SourceFile Read(string path) =>
        new(Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllText(path));

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "OrleansShards.sln")))
                return at.FullName;
        }

        throw new InvalidOperationException($"No OrleansShards.sln in or above {AppContext.BaseDirectory}");
    }
}
