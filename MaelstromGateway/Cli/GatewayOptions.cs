using System.Net;
using Microsoft.Extensions.Logging;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>All that can be chosen, checked. <see cref="GatewayOptionReader"/> has what people are told about each.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Where the state is kept; null for none that outlives the process.</summary>
    internal string? DataDirectory { get; init; }

    /// <summary>The cluster of several processes that this one is part of; null for one of its own.</summary>
    internal string? Cluster { get; init; }

    /// <summary>Silos of the cluster that this process is a client of; none where it carries a cluster itself.</summary>
    internal IReadOnlyList<DnsEndPoint> Silos { get; init; } = [];

    /// <summary>What those silos' cluster is called; null for what silos are called unless told otherwise.</summary>
    internal string? ClusterId { get; init; }

    /// <summary>What their service is called; null as above.</summary>
    internal string? ServiceId { get; init; }

    /// <summary>The file with this process's certificate for those silos; null for connections without TLS.</summary>
    internal string? TlsCertificate { get; init; }

    /// <summary>The file with the certificate's key; null where the certificate's file has it.</summary>
    internal string? TlsKey { get; init; }

    /// <summary>What the key is encrypted with; null for nothing.</summary>
    internal string? TlsPassword { get; init; }

    /// <summary>The file with the certificates of those who sign for the silos' cluster.</summary>
    internal string? TlsAuthorities { get; init; }

    /// <summary>How many shards the keys are spread over.</summary>
    internal int Shards { get; init; } = 16;

    /// <summary>How long a request may take.</summary>
    internal Deadlines Deadlines { get; init; } = new(TimeSpan.FromMilliseconds(900), TimeSpan.FromMilliseconds(4500));

    /// <summary>After how long an <c>init</c> is answered although the cluster is not open yet.</summary>
    /// <value>8 s: Maelstrom waits for ten, from before the process started, and never asks again.</value>
    internal TimeSpan InitLimit { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long the primary may be silent before the shadow takes over.</summary>
    internal TimeSpan FailoverAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What moves of shards may cost.</summary>
    internal MoveLimits Moves { get; init; } = new();

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
