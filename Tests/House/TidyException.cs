namespace OrleansShards.Tests.House;

/// <summary>An entry of tidy-exceptions.txt.</summary>
internal sealed record TidyException(string Rule, string Path, string Symbol, string Reason)
{
    public static IReadOnlyList<TidyException> ReadAll() => [.. HouseList.Read("tidy-exceptions.txt").Select(Parse)];

    public static TidyException Parse(string line)
    {
        var halves = line.Split(" -- ", 2, StringSplitOptions.TrimEntries);
        var words = halves[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return halves is [_, { Length: > 0 } reason] && words.Length is 2 or 3
            ? new(words[0], words[1], words.ElementAtOrDefault(2) ?? "", reason)
            : throw new FormatException($"expected RULE PATH [SYMBOL] -- REASON, found: {line}");
    }

    public bool Covers(Finding finding) =>
        finding.Rule == Rule && finding.Path == Path && finding.Symbol == Symbol;
}
