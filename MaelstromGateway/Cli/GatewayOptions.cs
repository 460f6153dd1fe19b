using System.Net;
using Microsoft.Extensions.Logging;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>The gateway's options, valid. <see cref="GatewayOptionReader"/> has the text of each for the help.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Where the state is kept; null for memory.</summary>
    internal string? DataDirectory { get; init; }

    /// <summary>The cluster of several processes that this one is part of; null for one of its own.</summary>
    internal string? Cluster { get; init; }

    /// <summary>Whether the cluster's silos reach each other by messages on stdin and stdout instead of sockets.</summary>
    internal bool IsMaelstromTheNetwork { get; init; }

    /// <summary>Silos of the cluster that this process is a client of; none if it is a silo itself.</summary>
    internal IReadOnlyList<DnsEndPoint> Silos { get; init; } = [];

    // Of the connection to those silos; null for the silos' default names, and for no TLS.
    internal string? ClusterId { get; init; }
    internal string? ServiceId { get; init; }
    internal string? TlsCertificate { get; init; }
    internal string? TlsKey { get; init; }
    internal string? TlsPassword { get; init; }
    internal string? TlsAuthorities { get; init; }

    internal int Shards { get; init; } = 16;
    internal TimeSpan FailoverAfter { get; init; } = TimeSpan.FromSeconds(10);
    internal MoveLimits Moves { get; init; } = new();
    internal DataLimits Limits { get; init; } = new();
    internal LogLevel LogLevel { get; init; } = LogLevel.Information;
    internal Deadlines Deadlines { get; init; } = new(TimeSpan.FromMilliseconds(900), TimeSpan.FromMilliseconds(4500));

    /// <summary>
    /// After how long an <c>init</c> is answered although the cluster is not open yet. Maelstrom sends one <c>init</c>, and waits ten
    /// seconds, counted from before the process starts.
    /// </summary>
    internal TimeSpan InitLimit { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The longest line, without its line feed.</summary>
    internal int LineBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most requests that are read and not answered.</summary>
    internal int RequestsMax { get; init; } = 16_384;

    /// <summary>Most bytes of the lines of those requests; a longer line is admitted alone.</summary>
    internal long RequestBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>With so many bytes waiting for stdout, no request is begun.</summary>
    internal long OutputBytesMax { get; init; } = 64L * 1024 * 1024;
}

/// <summary>How long a request may take from its turn in its lane to its reply: an operation on a key, and any other request.</summary>
internal sealed record Deadlines(TimeSpan OnKey, TimeSpan Other)
{
    /// <summary>For requests that are answered when a move has ended; a shard of a million keys takes a part of the 60 s.</summary>
    internal TimeSpan Move { get; init; } = TimeSpan.FromSeconds(60);

    internal TimeSpan For(ClientRequest request) => request switch
    {
        ClientRequest.OnKey => OnKey,
        ClientRequest.Move => Move,
        _ => Other,
    };
}
