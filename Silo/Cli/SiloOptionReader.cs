using System.Net;
using System.Security.Cryptography;
using OrleansShards.CommandLine;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Security;
using OrleansShards.Silo.Api;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Silo.Cli;

internal sealed class SiloOptionReader : OptionReader<SiloSettings>
{
    /// <summary>What error lines begin with.</summary>
    internal const string Program = "orleansshards-silo";

    internal SiloOptionReader()
        : base(
            Program,
            "A silo of a sharded linearizable key-value store. Without options it is a whole cluster on this machine.",
            new SiloSettings(),
            new OptionSources("ORLEANSSHARDS_SILO_", "orleansshards-silo.json", OwnsPrefix: true))
    {
        AddCluster();
        AddAddresses();
        AddHosts();
        AddTimesAndMoves();
        AddDataLimits();
        AddTlsAndTelemetry();
    }

    protected override SiloSettings Complete(SiloSettings settings)
    {
        CheckStorage(settings);
        CheckAddresses(settings);
        if (!Has("otlp"))
            RefuseWithout("--otlp", "otlp-protocol");

        OrleansShardsOptions options = new();
        settings.ApplyTo(options);
        foreach (string problem in options.Problems())
            Refuse(problem);

        bool usesDatabase = settings.Kind == ClusterKind.Postgres;
        return settings with
        {
            DataDirectory = usesDatabase ? null : settings.DataDirectory ?? DefaultDirectory(settings.ClusterId),
            FreePorts = settings.Kind == ClusterKind.Directory
                ? [.. settings.Endpoints.Select(static end => end.Option).Where(port => !Has(port))]
                : [],
            Tls = LoadTls(settings),
            ApiKeys = LoadApiKeys(settings),
        };
    }

    private void AddCluster()
    {
        Add("data", "DIR", "The directory of the logs (SQLite); with --cluster directory the one that all silos share. "
            + "Default: in the user's state directory, ~/.local/state/orleansshards/CLUSTER-ID on Linux.",
            Values.Directory, static (settings, directory) => settings with { DataDirectory = directory });
        Add("nodes", "NAMES", "The cluster's nodes, separated by commas: the first is the primary master, the second the "
            + "shadow, and each is a replica group. The same for all silos. Default: n1,n2,n3.",
            Values.Names, static (settings, nodes) => settings with { Nodes = nodes });
        Add("shards", "N", "How many shards the keys are spread over, 1 to 65536; fixed when the cluster is created. Default: 16.",
            Values.Number(1, 65_536), static (settings, shards) => settings with { Shards = shards });
        Add("groups", "NAMES", "The replica groups that this silo carries while it is up; also such as are none of --nodes and "
            + "join later. Default: all of them.",
            Values.Names, static (settings, groups) => settings with { Groups = groups });
        Add("cluster", "KIND", "local: this silo is the whole cluster. directory: a cluster of the silos with the same "
            + "--data, on this machine or on a shared file system. postgres: a cluster of the silos that use the same "
            + "database. Default: local.",
            Values.OneOf("local", "directory", "postgres"),
            static (settings, kind) => settings with { Kind = Enum.Parse<ClusterKind>(kind, ignoreCase: true) });
        Add("connection", "STRING", "The PostgreSQL connection string, as Npgsql writes it. Prefer the environment: every user of "
            + "the machine can read a command line.",
            Values.Text("a database as Npgsql writes it"), static (settings, connection) => settings with { Connection = connection });
        Add("schema", "NAME", "The schema of the logs in the database; the membership is in NAME_membership. "
            + "Default: orleans_shards.",
            Values.Text("a schema's name"), static (settings, schema) => settings with { Schema = schema });
        Add("database-wait-ms", "MS", "How long the start waits for a database that cannot be reached, 1000 to 3600000: one that starts "
            + "later, or takes no connections at the moment. Default: 60000.",
            Values.Milliseconds(1_000, 3_600_000), static (settings, time) => settings with { DatabaseWait = time });
        Add("cluster-id", "NAME", "The cluster's name: silos and clients with another one are refused, and so is a store that has "
            + "belonged to another one. Default: orleans-shards.",
            Values.Name, static (settings, name) => settings with { ClusterId = name });
        Add("service-id", "NAME", "The Orleans service's name. Default: orleans-shards.",
            Values.Name, static (settings, name) => settings with { ServiceId = name });
        Add("name", "NAME", "This silo's name. The master with the same name is placed on it. Default: the machine's name "
            + "and the silo port.",
            Values.Name, static (settings, name) => settings with { ChosenName = name });
    }

    private void AddAddresses()
    {
        Func<string, int> port = Values.Number(1, IPEndPoint.MaxPort);
        Add("bind", "ADDRESS", "Listen here for silos and clients. Default: 127.0.0.1, this machine only.",
            Values.Address, static (settings, address) => settings with { Bind = address });
        Add("advertise", "ADDRESS", "The address at which others reach this silo. Default: that of --bind; "
            + "required if that is 0.0.0.0 or ::.",
            Values.Address, static (settings, address) => settings with { Advertise = address });
        Add("silo-port", "PORT", "The port for other silos. Default: 11111; with --cluster directory the first free port from "
            + "there on, as for the two ports below.",
            port, static (settings, port) => settings with { SiloPort = port });
        Add("gateway-port", "PORT", "The port for clients. Default: 30000.",
            port, static (settings, port) => settings with { GatewayPort = port });
        Add("http-bind", "ADDRESS", "Serve the page, the API, the dashboard and the health checks here; beyond this machine with "
            + "--tls-certificate by HTTPS. Default: 127.0.0.1.",
            Values.Address, static (settings, address) => settings with { HttpBind = address });
        Add("http-port", "PORT", "The port for these. Default: 8080.",
            port, static (settings, port) => settings with { HttpPort = port });
    }

    private void AddHosts()
    {
        Add("http-hosts", "NAMES", "Further names by which the pages may be asked for, separated by commas: a request whose Host header "
            + "names another one gets 400. *.example.org for all below a name, * for any. Default: this machine's loopback names, its "
            + "own name, and the addresses of --http-bind and --advertise.",
            Values.Hosts, static (settings, hosts) => settings with { HttpHosts = hosts });
        Add("api-key-file", "FILE", "The keys with which others than this machine may use the API's actions and keys, and the dashboard: a "
            + "line NAME ROLE KEY each, with the role read, write or admin; read again when it changes. Default: none, nobody else may.",
            Values.ExistingFile, static (settings, file) => settings with { ApiKeyFile = file });
    }

    private void AddTimesAndMoves()
    {
        Add("failover-after-ms", "MS", "How long the primary may be silent before the shadow takes over, 1000 to 3600000. Default: 10000.",
            Values.Milliseconds(1_000, 3_600_000), static (settings, time) => settings with { FailoverAfter = time });
        Add("moves-at-once", "N", "How many shards are copied between groups at once, 1 to 1024. Default: 2.",
            Values.Number(1, 1024), static (settings, count) => settings with { Moves = settings.Moves with { AtOnce = count } });
        Add("move-bytes-per-second", "BYTES", "The limit of one such copy, 65536 or more. Default: 33554432 (32 MiB).",
            Values.Number(64 << 10, "bytes"),
            static (settings, bytes) => settings with { Moves = settings.Moves with { BytesPerSecond = bytes } });
        Add("move-pause-limit-ms", "MS", "How long a move may hold a shard's writes, 50 to 30000; then they are served, and "
            + "the move is retried later. Default: 500.",
            Values.Milliseconds(50, 30_000),
            static (settings, time) => settings with { Moves = settings.Moves with { PauseLimit = time } });
        Add("move-undo-window-ms", "MS", "How long after its commit a move may be undone; 0 for never. Default: 600000 (10 minutes).",
            Values.Milliseconds(0, int.MaxValue),
            static (settings, time) => settings with { Moves = settings.Moves with { UndoWindow = time } });
        Add("death-after-ms", "MS", "About how long a silo may leave probes unanswered before the others declare it dead and serve "
            + "its grains, 500 to 600000. Default: 1000.",
            Values.Milliseconds(500, 600_000), static (settings, time) => settings with { DeathAfter = time });
        Add("hang-after-ms", "MS", "How long this silo may answer no call of its own, or one of its nodes may have no turn, before it ends "
            + "as one that hangs, 3000 to 600000; 0 for never. Default: 15000.",
            static text => text == "0" ? TimeSpan.Zero : Values.Milliseconds(3_000, 600_000)(text),
            static (settings, time) => settings with { HangAfter = time });
        Add("drain-ms", "MS", "How long the silo continues to serve after it is told to stop, with /health/ready not ready: for "
            + "load balancers that check seldom. 0 to 60000. Default: 0.",
            Values.Milliseconds(0, 60_000), static (settings, time) => settings with { Drain = time });
    }

    private void AddDataLimits()
    {
        Add("key-bytes-max", "BYTES", "The longest key, 1 to 1048576. Default: 65536 (64 KiB).",
            Values.Number(1, 1 << 20, "bytes"),
            static (settings, bytes) => settings with { Limits = settings.Limits with { KeyBytesMax = bytes } });
        Add("value-bytes-max", "BYTES", "The longest value, 1 to 16777216. Default: 1048576 (1 MiB).",
            Values.Number(1, 16 << 20, "bytes"),
            static (settings, bytes) => settings with { Limits = settings.Limits with { ValueBytesMax = bytes } });
        Add("session-name-bytes-max", "BYTES", "The longest name of a client's session (client_id), 1 to 4096. Default: 256.",
            Values.Number(1, 4096, "bytes"),
            static (settings, bytes) => settings with { Limits = settings.Limits with { SessionNameBytesMax = bytes } });
        Add("session-bytes-max", "BYTES", "What a shard's sessions of one kind may hold, 1048576 or more; then the least "
            + "recently used are dropped. Default: 67108864 (64 MiB).",
            Values.Number(1 << 20, "bytes"),
            static (settings, bytes) => settings with { Limits = settings.Limits with { SessionBytesMax = bytes } });
        Add("shard-bytes-max", "BYTES", "What one shard may hold, 1048576 or more; then it takes nothing that makes it "
            + "larger. Default: 1073741824 (1 GiB).",
            Values.Number(1 << 20, "bytes"),
            static (settings, bytes) => settings with { Limits = settings.Limits with { ShardBytesMax = bytes } });
        Add("silo-bytes-max", "BYTES", "What the shards on one silo may hold, 1048576 or more. Default: 4294967296 (4 GiB).",
            Values.Number(1 << 20, "bytes"),
            static (settings, bytes) => settings with { Limits = settings.Limits with { SiloBytesMax = bytes } });
    }

    private void AddTlsAndTelemetry()
    {
        Add("tls-certificate", "FILE", "Use TLS between silos, to clients, and for HTTP beyond this machine: this silo's certificate, PEM "
            + "or PKCS #12.",
            Values.ExistingFile, static (settings, file) => settings with { TlsCertificate = file });
        Add("tls-key", "FILE", "The certificate's key, PEM. Not for PKCS #12, which contains it.",
            Values.ExistingFile, static (settings, file) => settings with { TlsKey = file });
        Add("tls-password", "TEXT", "The password of the key or the PKCS #12 file. Prefer the environment.",
            Values.Text("a password"), static (settings, password) => settings with { TlsPassword = password });
        Add("tls-ca", "FILE", "The certificates (PEM) of the cluster's authorities: only peers with a certificate that they "
            + "signed are accepted.",
            Values.ExistingFile, static (settings, file) => settings with { TlsAuthorities = file });
        Add("otlp", "URL", "Export metrics and traces to this OTLP collector. Default: no export.",
            Values.Url, static (settings, url) => settings with { Otlp = new OtlpSettings(url, UsesHttp: false) });
        Add("otlp-protocol", "KIND", "grpc or http. Default: grpc.",
            Values.OneOf("grpc", "http"),
            static (settings, kind) => settings with { Otlp = settings.Otlp is { } otlp ? otlp with { UsesHttp = kind == "http" } : null });
        Add("log-format", "KIND", "text or json, one line for each message. Default: text.",
            Values.OneOf("text", "json"), static (settings, kind) => settings with { LogsJson = kind == "json" });
        Add("log-level", "LEVEL", "none, error, warning, information or debug. Default: information.",
            Values.OneOf("none", "error", "warning", "information", "debug"),
            static (settings, level) => settings with { LogLevel = Enum.Parse<LogLevel>(level, ignoreCase: true) });
    }

    private void CheckStorage(SiloSettings settings)
    {
        if (settings.Kind == ClusterKind.Directory && !Has("data"))
            Refuse("--cluster directory needs --data: expected the directory that all its silos share");

        if (settings.Kind != ClusterKind.Postgres)
        {
            RefuseWithout("--cluster postgres", "connection", "schema", "database-wait-ms");
            return;
        }

        if (Has("data"))
            Refuse($"{Origin("data")} is given, but with --cluster postgres the logs are in the database: expected one of the two");

        if (settings.Database is { } database)
        {
            PostgresLogStoreOptions options = new() { ConnectionString = database.Connection, SchemaName = database.Schema };
            options.Validate().ToList().ForEach(Refuse);
            if (database.MembershipSchema.Length > 63)
                Refuse($"{Origin("schema")} is \"{database.Schema}\"; expected at most 52 characters, as _membership is added to it");
        }
        else if (!Has("connection"))
        {
            Refuse("--cluster postgres needs --connection: expected a database as Npgsql writes it, "
                + "Host=db;Database=logs;Username=app;Password=…");
        }
    }

    private void CheckAddresses(SiloSettings settings)
    {
        if ((settings.Bind.Equals(IPAddress.Any) || settings.Bind.Equals(IPAddress.IPv6Any)) && !Has("advertise"))
            Refuse($"{Origin("bind")} is {settings.Bind}, which nobody can connect to; expected --advertise with this machine's address");

        foreach ((int port, int count) in settings.Endpoints.CountBy(static end => end.At.Port).Where(static port => port.Value > 1))
            Refuse($"port {port} is wanted {count} times; expected different ports for silos, clients and HTTP");
    }

    private ClusterTls? LoadTls(SiloSettings settings)
    {
        if (!Has("tls-certificate"))
        {
            RefuseWithout("--tls-certificate", "tls-key", "tls-password", "tls-ca");
            return null;
        }

        if (!Has("tls-ca"))
            Refuse("--tls-certificate needs --tls-ca: expected the certificates of the cluster's authorities");

        // A file that does not exist was refused before.
        if (settings is not { TlsCertificate: { } certificate, TlsAuthorities: { } authorities }
            || (Has("tls-key") && settings.TlsKey is null))
        {
            return null;
        }

        try
        {
            return ClusterTls.Load(certificate, settings.TlsKey, settings.TlsPassword, authorities);
        }
        catch (CryptographicException error)
        {
            Refuse($"TLS: {error.Message}");
            return null;
        }
    }

    private ApiKeys? LoadApiKeys(SiloSettings settings)
    {
        try
        {
            return settings.ApiKeyFile is { } file ? ApiKeys.Load(file) : null;
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            Refuse($"{Origin("api-key-file")}: {error.Message}");
            return null;
        }
    }

    private void RefuseWithout(string missing, params string[] names)
    {
        foreach (string name in names.Where(Has))
            Refuse($"{Origin(name)} is given, but means nothing without {missing}");
    }

    // XDG Base Directory Specification: persistent state of a user's programs.
    private static string DefaultDirectory(string clusterId)
    {
        string? chosen = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string state = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.IsPathFullyQualified(chosen ?? "") ? chosen!
            : home.Length > 0 ? Path.Combine(home, ".local", "state")
            : Path.Combine(Path.GetTempPath(), Environment.UserName);
        return Path.Combine(state, "orleansshards", clusterId);
    }
}
