using System.Net;
using Npgsql;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Security;

namespace OrleansShards.Silo.Cli;

/// <summary>What a silo runs with. <see cref="SiloOptionReader"/> has what people are told about each option.</summary>
internal sealed record SiloSettings
{
    /// <summary>The nodes: masters first, each one a group.</summary>
    internal IReadOnlyList<string> Nodes { get; init; } = ["n1", "n2", "n3"];

    /// <summary>How many shards the keys are spread over.</summary>
    internal int Shards { get; init; } = 16;

    /// <summary>The groups that this silo carries; empty for all.</summary>
    internal IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What holds the cluster together.</summary>
    internal ClusterKind Kind { get; init; } = ClusterKind.Local;

    /// <summary>Where the logs are: this silo's own directory, or the one that all silos share; null with a database.</summary>
    internal string? DataDirectory { get; init; }

    /// <summary>The database as Npgsql writes it; null where none was given.</summary>
    internal string? Connection { get; init; }

    /// <summary>The schema that has the logs in the database.</summary>
    internal string Schema { get; init; } = "orleans_shards";

    /// <summary>The database; null without one.</summary>
    internal DatabaseSettings? Database =>
        Kind == ClusterKind.Postgres && Connection is not null ? new DatabaseSettings(Connection, Schema) : null;

    /// <summary>Silos and clients of another name are not talked to.</summary>
    internal string ClusterId { get; init; } = ClusterNames.ClusterId;

    /// <summary>The Orleans service's name.</summary>
    internal string ServiceId { get; init; } = ClusterNames.ServiceId;

    /// <summary>The name that was given to this silo; null for the machine's name and the port.</summary>
    internal string? ChosenName { get; init; }

    /// <summary>This silo's name. A master that is called the same lives on it.</summary>
    internal string Name => ChosenName ?? $"{Environment.MachineName}-{SiloPort}";

    /// <summary>Where silos and clients are listened for.</summary>
    internal IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>How others reach this silo, where that is not <see cref="Bind"/>.</summary>
    internal IPAddress? Advertise { get; init; }

    /// <summary>Where other silos connect.</summary>
    internal int SiloPort { get; init; } = 11_111;

    /// <summary>Where clients connect.</summary>
    internal int GatewayPort { get; init; } = ClusterNames.GatewayPort;

    /// <summary>Where the page, the dashboard and the health checks are served.</summary>
    internal IPAddress HttpBind { get; init; } = IPAddress.Loopback;

    /// <summary>Their port.</summary>
    internal int HttpPort { get; init; } = 8080;

    /// <summary>The options of ports that were not given, where the first free ones are to be taken.</summary>
    internal IReadOnlyList<string> FreePorts { get; init; } = [];

    /// <summary>How others reach this silo.</summary>
    internal IPAddress Advertised => Advertise ?? Bind;

    /// <summary>Where it listens for other silos.</summary>
    internal IPEndPoint SiloEndpoint => new(Bind, SiloPort);

    /// <summary>Where it listens for clients.</summary>
    internal IPEndPoint GatewayEndpoint => new(Bind, GatewayPort);

    /// <summary>Where it listens for HTTP.</summary>
    internal IPEndPoint HttpEndpoint => new(HttpBind, HttpPort);

    /// <summary>How long the primary may be silent before the shadow acts.</summary>
    internal TimeSpan FailoverAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What moves of shards may cost.</summary>
    internal MoveLimits Moves { get; init; } = new();

    /// <summary>How long another silo may leave probes unanswered before it is declared dead.</summary>
    internal TimeSpan DeathAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it goes on serving after it was told to stop.</summary>
    internal TimeSpan Drain { get; init; }

    /// <summary>The file with this silo's certificate; null for connections without TLS.</summary>
    internal string? TlsCertificate { get; init; }

    /// <summary>The file with the certificate's key; null where the certificate's file has it.</summary>
    internal string? TlsKey { get; init; }

    /// <summary>What the key is encrypted with; null for nothing.</summary>
    internal string? TlsPassword { get; init; }

    /// <summary>The file with the certificates of those who sign for the cluster.</summary>
    internal string? TlsAuthorities { get; init; }

    /// <summary>TLS between silos and to clients, read from these files; null for none.</summary>
    internal ClusterTls? Tls { get; init; }

    /// <summary>Where metrics and traces go; null for nowhere.</summary>
    internal OtlpSettings? Otlp { get; init; }

    /// <summary>Whether log lines are JSON.</summary>
    internal bool LogsJson { get; init; }

    /// <summary>How much is logged.</summary>
    internal LogLevel LogLevel { get; init; } = LogLevel.Information;

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
            options.Nodes.Add(node);

        foreach (string group in Groups)
            options.Groups.Add(group);
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
