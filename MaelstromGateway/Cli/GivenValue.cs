namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>A value that somebody has given to an option.</summary>
/// <param name="Option">The option.</param>
/// <param name="Value">The value as it came.</param>
/// <param name="Place">What it was called where it was given, for people.</param>
internal sealed record GivenValue(OptionSpec Option, string Value, string Place);
