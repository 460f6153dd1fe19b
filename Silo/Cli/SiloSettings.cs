using System.Net;
using System.Net.Sockets;
using Npgsql;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Security;
using OrleansShards.Silo.Api;

namespace OrleansShards.Silo.Cli;

/// <summary>What a silo runs with; <see cref="SiloOptionReader"/> describes each option.</summary>
internal sealed record SiloSettings
{
    internal IReadOnlyList<string> Nodes { get; init; } = ["n1", "n2", "n3"];
    internal int Shards { get; init; } = 16;

    /// <summary>The groups that this silo carries; empty for all.</summary>
    internal IReadOnlyList<string> Groups { get; init; } = [];

    internal ClusterKind Kind { get; init; } = ClusterKind.Local;

    /// <summary>The directory of the logs: this silo's own, or the one that all silos share; null with a database.</summary>
    internal string? DataDirectory { get; init; }

    internal string? Connection { get; init; }
    internal string Schema { get; init; } = "orleans_shards";

    /// <summary>How long the start waits for a database that cannot be reached.</summary>
    internal TimeSpan DatabaseWait { get; init; } = TimeSpan.FromMinutes(1);

    internal DatabaseSettings? Database =>
        Kind == ClusterKind.Postgres && Connection is not null ? new DatabaseSettings(Connection, Schema) : null;

    internal string ClusterId { get; init; } = ClusterNames.ClusterId;
    internal string ServiceId { get; init; } = ClusterNames.ServiceId;

    internal string? ChosenName { get; init; }
    internal string Name => ChosenName ?? $"{Environment.MachineName}-{SiloPort}";

    internal IPAddress Bind { get; init; } = IPAddress.Loopback;
    internal IPAddress? Advertise { get; init; }
    internal IPAddress Advertised => Advertise ?? Bind;

    internal int SiloPort { get; init; } = 11_111;
    internal IPEndPoint SiloEndpoint => new(Bind, SiloPort);

    internal int GatewayPort { get; init; } = ClusterNames.GatewayPort;
    internal IPEndPoint GatewayEndpoint => new(Bind, GatewayPort);

    internal IPAddress HttpBind { get; init; } = IPAddress.Loopback;
    internal int HttpPort { get; init; } = 8080;
    internal IPEndPoint HttpEndpoint => new(HttpBind, HttpPort);

    /// <summary>The certificate of HTTP beyond this machine; null on a loopback address, which nobody else can listen to.</summary>
    internal ClusterTls? HttpTls => IPAddress.IsLoopback(HttpBind) ? null : Tls;

    /// <summary>Further names by which browsers and load balancers may ask for the pages; a single <c>*</c> for any name.</summary>
    internal IReadOnlyList<string> HttpHosts { get; init; } = [];

    /// <summary>
    /// What a request's Host header may say, its port aside. A page of a foreign site can have its own name lead here (DNS rebinding), and
    /// would then read this silo's pages in the browser of somebody who can reach them; its requests have the foreign name.
    /// </summary>
    internal IReadOnlyList<string> AllowedHosts =>
        [.. new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, HttpBind, Advertised }.Where(IsOne).Select(Text)
            .Append("localhost").Append(Environment.MachineName).Concat(HttpHosts).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The endpoints that the silo listens on, each with its port's option and its use.</summary>
    internal (string Option, string Use, IPEndPoint At)[] Endpoints =>
        [("silo-port", "silos", SiloEndpoint), ("gateway-port", "clients", GatewayEndpoint), ("http-port", "HTTP", HttpEndpoint)];

    /// <summary>The port options that were not given, for which the first free ports are taken.</summary>
    internal IReadOnlyList<string> FreePorts { get; init; } = [];

    internal string? ApiKeyFile { get; init; }

    /// <summary>Loaded from this file at the start; null without one.</summary>
    internal ApiKeys? ApiKeys { get; init; }

    internal TimeSpan FailoverAfter { get; init; } = TimeSpan.FromSeconds(10);
    internal MoveLimits Moves { get; init; } = new();
    internal DataLimits Limits { get; init; } = new();
    internal TimeSpan DeathAfter { get; init; } = TimeSpan.FromSeconds(1);
    internal TimeSpan HangAfter { get; init; } = TimeSpan.FromSeconds(15);
    internal TimeSpan Drain { get; init; }

    internal string? TlsCertificate { get; init; }
    internal string? TlsKey { get; init; }
    internal string? TlsPassword { get; init; }
    internal string? TlsAuthorities { get; init; }

    /// <summary>Loaded from these files; null without TLS.</summary>
    internal ClusterTls? Tls { get; init; }

    internal OtlpSettings? Otlp { get; init; }
    internal bool LogsJson { get; init; }
    internal LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>The place of the logs, to show: without a password.</summary>
    internal string LogsPlace => Kind switch
    {
        ClusterKind.Local => $"SQLite, {DataDirectory}",
        ClusterKind.Directory => $"the directory {DataDirectory}",
        ClusterKind.Postgres => $"PostgreSQL, {Database!.Place}",
    };

    // The host filter would take 0.0.0.0 and [::] for any host.
    private static bool IsOne(IPAddress address) => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);

    internal static string Text(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    internal void ApplyTo(OrleansShardsOptions options)
    {
        options.Shards = Shards;
        options.DetectAfter = FailoverAfter;
        options.HangAfter = HangAfter;
        options.Moves = Moves;
        options.Limits = Limits;
        foreach (string node in Nodes)
            options.Nodes.Add(node);

        foreach (string group in Groups)
            options.Groups.Add(group);
    }
}

/// <summary>How the silos of a cluster find each other, and where their logs are.</summary>
internal enum ClusterKind
{
    /// <summary>One silo; its logs are in SQLite.</summary>
    Local = 1,

    /// <summary>A directory that all silos share.</summary>
    Directory = 2,

    /// <summary>A PostgreSQL database.</summary>
    Postgres = 3,
}

internal sealed record DatabaseSettings(string Connection, string Schema)
{
    /// <summary>A separate schema, so that restoring a backup of the logs does not bring back dead silos.</summary>
    internal string MembershipSchema => Schema + "_membership";

    /// <summary>The database, to show: without a password.</summary>
    internal string Place
    {
        get
        {
            NpgsqlConnectionStringBuilder parsed = new(Connection);
            return $"{parsed.Host}:{parsed.Port}/{parsed.Database}, schema {Schema}";
        }
    }
}

/// <summary>The collector, and whether to use OTLP over HTTP instead of gRPC.</summary>
internal sealed record OtlpSettings(Uri Endpoint, bool UsesHttp);
