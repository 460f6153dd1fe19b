namespace OrleansShards.Tests.House;

/// <summary>One place where a rule is not kept; <see cref="Symbol"/> is what an exception names, empty for the whole file.</summary>
internal sealed record Finding(string Rule, string Path, int Line, string Symbol, string Text)
{
    public override string ToString() => $"{Path}:{Line}: {Rule}: {Text}";
}
