using System.Net;
using Microsoft.Extensions.Logging;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>The gateway's options, valid. <see cref="GatewayOptionReader"/> has the text of each for the help.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Where the state is kept; null for memory.</summary>
    internal string? DataDirectory { get; init; }

    /// <summary>The cluster of several processes that this one is part of; null for one of its own.</summary>
    internal string? Cluster { get; init; }

    /// <summary>Silos of the cluster that this process is a client of; none if it is a silo itself.</summary>
    internal IReadOnlyList<DnsEndPoint> Silos { get; init; } = [];

    /// <summary>The cluster ID of those silos; null for the silos' default.</summary>
    internal string? ClusterId { get; init; }

    /// <summary>Their service ID; null for the silos' default.</summary>
    internal string? ServiceId { get; init; }

    /// <summary>The file with this process's certificate for those silos; null for connections without TLS.</summary>
    internal string? TlsCertificate { get; init; }

    /// <summary>The file with the certificate's key; null if the certificate's file has it.</summary>
    internal string? TlsKey { get; init; }

    /// <summary>The password of the key; null if it is not encrypted.</summary>
    internal string? TlsPassword { get; init; }

    /// <summary>The file with the certificates of the cluster's authorities.</summary>
    internal string? TlsAuthorities { get; init; }

    internal int Shards { get; init; } = 16;

    internal Deadlines Deadlines { get; init; } = new(TimeSpan.FromMilliseconds(900), TimeSpan.FromMilliseconds(4500));

    // Maelstrom waits ten seconds, counted from before the process starts, and sends one init only.

    /// <summary>After how long an <c>init</c> is answered although the cluster is not open yet.</summary>
    internal TimeSpan InitLimit { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long the primary may be silent before the shadow takes over.</summary>
    internal TimeSpan FailoverAfter { get; init; } = TimeSpan.FromSeconds(10);

    internal MoveLimits Moves { get; init; } = new();

    /// <summary>The longest line, without its line feed.</summary>
    internal int LineBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most requests that are read and not answered.</summary>
    internal int RequestsMax { get; init; } = 16_384;

    /// <summary>Most bytes of the lines of those requests; a longer line is admitted alone.</summary>
    internal long RequestBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>With so many bytes waiting for stdout, no request is begun.</summary>
    internal long OutputBytesMax { get; init; } = 64L * 1024 * 1024;

    internal LogLevel LogLevel { get; init; } = LogLevel.Information;
}

/// <summary>How long a request may take from its turn in its lane to its reply.</summary>
/// <param name="OnKey">For operations on keys.</param>
/// <param name="Other">For all requests that have no other deadline here.</param>
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
