using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OrleansShards.Tests.House;

/// <summary>One file: its path from the repository's root, with slashes, and its text.</summary>
internal sealed class SourceFile(string path, string text)
{
    private readonly Lazy<CompilationUnitSyntax> _syntax = new(() => SyntaxFactory.ParseCompilationUnit(text));

    public string Path { get; } = path;

    public string Name => System.IO.Path.GetFileName(Path);

    public string[] Lines { get; } = text.TrimEnd('\n').Split('\n');

    /// <summary>The file as C#, with whatever the compiler makes of it if it is none.</summary>
    public CompilationUnitSyntax Syntax => _syntax.Value;

    public int LineOf(int position) => 1 + text.AsSpan(0, position).Count('\n');
}
