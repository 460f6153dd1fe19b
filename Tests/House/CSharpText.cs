namespace OrleansShards.Tests.House;

/// <summary>
/// A C# file taken apart. Each part is as long as the file and holds its own characters in their places and blanks
/// elsewhere, so that a position in one is a position in all. What literals say is in none of them.
/// </summary>
internal sealed record CSharpText(string Code, string Comments, string Directives);
