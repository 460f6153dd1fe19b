namespace OrleansShards.Tests.House;

/// <summary>
/// A rule, or a planted defect, as it stands in a file of Tests/Rules or Tests/Planted (the format is described there),
/// with the changes that it makes to the code.
/// </summary>
internal sealed record CatalogueEntry(string Source, string Rule)
{
    private readonly List<CatalogueChange> _changes = [];
    private string _file = "";

    public string Switch { get; private set; } = "";

    public IReadOnlyList<CatalogueChange> Changes => _changes;

    public static IReadOnlyList<CatalogueEntry> ReadAll(string folder)
    {
        List<CatalogueEntry> entries = [];
        foreach (var path in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.txt").Order())
            Read(Path.GetFileName(path), File.ReadAllLines(path), entries);

        return entries;
    }

    private static void Read(string source, string[] lines, List<CatalogueEntry> entries)
    {
        for (var at = 0; at < lines.Length; at++)
        {
            switch (lines[at].Split(": ", 2))
            {
                case ["rule", var rule]:
                    entries.Add(new(source, rule));
                    break;
                case ["planted", var name]:
                    entries[^1].Switch = name;
                    break;
                case ["file", var file]:
                    entries[^1]._file = file;
                    break;
                case ["<<<<"]:
                    var middle = Array.IndexOf(lines, "====", at);
                    var end = Array.IndexOf(lines, ">>>>", middle);
                    entries[^1]._changes.Add(new(
                        entries[^1]._file,
                        string.Join('\n', lines[(at + 1)..middle]),
                        string.Join('\n', lines[(middle + 1)..end])));
                    at = end;
                    break;
            }
        }
    }
}

/// <summary>One change: in which file, what is taken out, what stands there instead.</summary>
internal sealed record CatalogueChange(string File, string From, string To);
