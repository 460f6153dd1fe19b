using System.Net;
using Npgsql;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Security;
using OrleansShards.Hosting;

namespace OrleansShards.Silo.Cli;

/// <summary>All that can be chosen, checked. <see cref="OptionTable"/> has what people are told about each.</summary>
internal sealed record SiloSettings
{
    /// <summary>The nodes: masters first, each one a group.</summary>
    internal required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>How many shards the keys are spread over.</summary>
    internal required int Shards { get; init; }

    /// <summary>The groups that this silo carries; empty for all.</summary>
    internal required IReadOnlyList<string> Groups { get; init; }

    /// <summary>What holds the cluster together.</summary>
    internal required ClusterKind Kind { get; init; }

    /// <summary>Where the logs are: this silo's own directory, or the one that all silos share; null with a database.</summary>
    internal required string? DataDirectory { get; init; }

    /// <summary>The database; null without one.</summary>
    internal required DatabaseSettings? Database { get; init; }

    /// <summary>Silos and clients of another name are not talked to.</summary>
    internal required string ClusterId { get; init; }

    /// <summary>The Orleans service's name.</summary>
    internal required string ServiceId { get; init; }

    /// <summary>This silo's name. A master that is called the same lives on it. Null for the machine's name and the port.</summary>
    internal required string? ChosenName { get; init; }

    /// <summary>The options of ports that were not given, where the first free ones are to be taken.</summary>
    internal required IReadOnlyList<string> FreePorts { get; init; }

    /// <summary>This silo's name.</summary>
    internal string Name => ChosenName ?? $"{Environment.MachineName}-{SiloEndpoint.Port}";

    /// <summary>How others reach this silo.</summary>
    internal required IPAddress Advertised { get; init; }

    /// <summary>Where other silos connect.</summary>
    internal required IPEndPoint SiloEndpoint { get; init; }

    /// <summary>Where clients connect.</summary>
    internal required IPEndPoint GatewayEndpoint { get; init; }

    /// <summary>Where the page, the dashboard and the health checks are.</summary>
    internal required IPEndPoint HttpEndpoint { get; init; }

    /// <summary>How long the primary may be silent before the shadow acts.</summary>
    internal required TimeSpan FailoverAfter { get; init; }

    /// <summary>What moves of shards may cost.</summary>
    internal required MoveLimits Moves { get; init; }

    /// <summary>How long another silo may leave probes unanswered before it is declared dead.</summary>
    internal required TimeSpan DeathAfter { get; init; }

    /// <summary>How long it goes on serving after it was told to stop.</summary>
    internal required TimeSpan Drain { get; init; }

    /// <summary>TLS between silos and to clients; null for none.</summary>
    internal required ClusterTls? Tls { get; init; }

    /// <summary>Where metrics and traces go; null for nowhere.</summary>
    internal required OtlpSettings? Otlp { get; init; }

    /// <summary>Whether log lines are JSON.</summary>
    internal required bool LogsJson { get; init; }

    /// <summary>How much is logged.</summary>
    internal required LogLevel LogLevel { get; init; }

    /// <summary>Where the logs are, for people: without a password.</summary>
    internal string LogsPlace => Kind switch
    {
        ClusterKind.Local => $"SQLite, {DataDirectory}",
        ClusterKind.Directory => $"the directory {DataDirectory}",
        ClusterKind.Postgres => $"PostgreSQL, {Database!.Place}",
    };

    /// <summary>What of it the cluster's nodes are told.</summary>
    internal void ApplyTo(OrleansShardsOptions options)
    {
        options.Shards = Shards;
        options.DetectAfter = FailoverAfter;
        options.Moves = Moves;
        foreach (string node in Nodes)
        {
            options.Nodes.Add(node);
        }

        foreach (string group in Groups)
        {
            options.Groups.Add(group);
        }
    }
}

/// <summary>What holds a cluster together.</summary>
internal enum ClusterKind
{
    /// <summary>One silo is all of it; its logs are in SQLite.</summary>
    Local = 1,

    /// <summary>A directory that all silos share.</summary>
    Directory = 2,

    /// <summary>A PostgreSQL database.</summary>
    Postgres = 3,
}

/// <summary>The database of a cluster of several silos.</summary>
/// <param name="Connection">As Npgsql writes it.</param>
/// <param name="Schema">The schema that has the logs.</param>
internal sealed record DatabaseSettings(string Connection, string Schema)
{
    /// <summary>The schema in which silos find each other: a backup of the logs does not bring back dead silos.</summary>
    internal string MembershipSchema => Schema + "_membership";

    /// <summary>Where it is, for people: without a password.</summary>
    internal string Place
    {
        get
        {
            NpgsqlConnectionStringBuilder parsed = new(Connection);
            return $"{parsed.Host}:{parsed.Port}/{parsed.Database}, schema {Schema}";
        }
    }
}

/// <summary>Where telemetry goes.</summary>
/// <param name="Endpoint">The collector.</param>
/// <param name="UsesHttp">OTLP over HTTP; else over gRPC.</param>
internal sealed record OtlpSettings(Uri Endpoint, bool UsesHttp);
