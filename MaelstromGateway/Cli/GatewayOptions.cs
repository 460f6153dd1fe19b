using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>All that can be chosen, checked. <see cref="OptionTable"/> has what people are told about each.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Where the state is kept; null for none that outlives the process.</summary>
    internal string? DataDirectory { get; init; }

    /// <summary>The cluster of several processes that this one is part of; null for one of its own.</summary>
    internal string? Cluster { get; init; }

    /// <summary>How many shards the keys are spread over.</summary>
    internal int Shards { get; init; } = 16;

    /// <summary>How long a request may take.</summary>
    internal Deadlines Deadlines { get; init; } = new(TimeSpan.FromMilliseconds(900), TimeSpan.FromMilliseconds(4500));

    /// <summary>How long the primary may be silent before the shadow takes over.</summary>
    internal TimeSpan FailoverAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest line, without its line feed.</summary>
    internal int LineBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most requests that are read and not answered.</summary>
    internal int RequestsMax { get; init; } = 16_384;

    /// <summary>Most bytes of lines that are read and not answered; a single longer line is let in alone.</summary>
    internal long RequestBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>From how many bytes that stdout has not taken nothing new is begun.</summary>
    internal long OutputBytesMax { get; init; } = 64L * 1024 * 1024;

    /// <summary>How much goes to stderr.</summary>
    internal LogLevel LogLevel { get; init; } = LogLevel.Information;
}
