namespace OrleansShards.Tests.House;

/// <summary>One file: its path from the repository's root, with slashes, and its text.</summary>
internal sealed class SourceFile
{
    private readonly string _text;
    private readonly Lazy<CSharpText> _parts;
    private readonly Lazy<IReadOnlyList<Declaration>> _declarations;

    public SourceFile(string path, string text)
    {
        Path = path;
        Lines = text.TrimEnd('\n').Split('\n');
        _text = text;
        _parts = new(() => CSharpLexer.Split(text));
        _declarations = new(() => Outline.Of(Parts.Code));
    }

    public string Path { get; }

    public string Name => System.IO.Path.GetFileName(Path);

    public string[] Lines { get; }

    public CSharpText Parts => _parts.Value;

    public IReadOnlyList<Declaration> Declarations => _declarations.Value;

    public int LineOf(int position) => 1 + _text.AsSpan(0, position).Count('\n');
}
