namespace OrleansShards.Silo.Cli;

/// <summary>A value that somebody has given to an option.</summary>
/// <param name="Value">The value as it came.</param>
/// <param name="Place">What it was called where it was given, for people.</param>
internal sealed record GivenValue(string Value, string Place);
