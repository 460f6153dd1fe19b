using System.IO.Enumeration;

namespace OrleansShards.Tests.House;

/// <summary>The files that hold several small public types, as message-families.txt lists them.</summary>
internal static class MessageFamilies
{
    public static IReadOnlyList<string> Patterns { get; } =
        [.. HouseList.Read("message-families.txt").Select(line => line.Split(' ')[0])];

    public static bool Match(string fileName) =>
        Patterns.Any(p => FileSystemName.MatchesSimpleExpression(p, fileName, ignoreCase: false));
}
