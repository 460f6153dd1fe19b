using System.Net;
using System.Security.Cryptography;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Security;
using OrleansShards.Hosting;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Silo.Cli;

/// <summary>Makes settings of what was given, and finds all that is wrong with it.</summary>
internal sealed class SettingsReader(GivenOptions given)
{
    private const int FailoverMsMax = 3_600_000;
    private static readonly string[] PortOptions = ["silo-port", "gateway-port", "http-port"];

    private readonly ValueReader _values = new(given);

    /// <summary>What is wrong, a sentence each; empty where the settings are good.</summary>
    internal IReadOnlyList<string> Errors => _values.Errors;

    /// <summary>The settings. Only good where nothing is wrong.</summary>
    internal SiloSettings Read()
    {
        IPAddress bind = _values.Address("bind", IPAddress.Loopback)!;
        int siloPort = _values.Port("silo-port", 11_111);
        string clusterId = _values.Name("cluster-id", ClusterNames.ClusterId);
        ClusterKind kind = _values.Word(
            "cluster", ClusterKind.Local,
            ("local", ClusterKind.Local), ("directory", ClusterKind.Directory), ("postgres", ClusterKind.Postgres));
        SiloSettings settings = new()
        {
            Nodes = _values.Names("nodes", "n1", "n2", "n3"),
            Shards = _values.Number("shards", 16, 1, 65_536),
            Groups = _values.Names("groups"),
            Kind = kind,
            Database = Database(kind),
            DataDirectory = DataDirectory(clusterId, kind),
            ClusterId = clusterId,
            ServiceId = _values.Name("service-id", ClusterNames.ServiceId),
            ChosenName = _values.Has("name") ? _values.Name("name", "") : null,
            FreePorts = kind == ClusterKind.Directory ? [.. PortOptions.Where(port => !_values.Has(port))] : [],
            Advertised = Advertised(bind),
            SiloEndpoint = new IPEndPoint(bind, siloPort),
            GatewayEndpoint = new IPEndPoint(bind, _values.Port("gateway-port", ClusterNames.GatewayPort)),
            HttpEndpoint = new IPEndPoint(_values.Address("http-bind", IPAddress.Loopback)!, _values.Port("http-port", 8080)),
            FailoverAfter = TimeSpan.FromMilliseconds(_values.Number("failover-after-ms", 10_000, 1_000, FailoverMsMax)),
            Moves = new MoveLimits
            {
                AtOnce = _values.Number("moves-at-once", 2, 1, 1024),
                BytesPerSecond = _values.Number("move-bytes-per-second", 32 << 20, 64 << 10, int.MaxValue),
                PauseLimit = TimeSpan.FromMilliseconds(_values.Number("move-pause-limit-ms", 500, 50, 30_000)),
                UndoWindow = TimeSpan.FromMilliseconds(_values.Number("move-undo-window-ms", 600_000, 0, int.MaxValue)),
            },
            DeathAfter = TimeSpan.FromMilliseconds(_values.Number("death-after-ms", 1_000, 500, 600_000)),
            Drain = TimeSpan.FromMilliseconds(_values.Number("drain-ms", 0, 0, 60_000)),
            Tls = Tls(),
            Otlp = Otlp(),
            LogsJson = _values.Word("log-format", false, ("text", false), ("json", true)),
            LogLevel = Level(),
        };
        CheckTogether(settings);
        return settings;
    }

    private DatabaseSettings? Database(ClusterKind kind)
    {
        string? connection = _values.Text("connection");
        string schema = _values.Text("schema") ?? "orleans_shards";
        if (kind != ClusterKind.Postgres)
        {
            RefuseWithout("--cluster postgres", "connection", "schema");
            return null;
        }

        if (connection is null)
        {
            _values.Errors.Add("--cluster postgres needs --connection: expected a database as Npgsql writes it, "
                + "Host=db;Database=logs;Username=app;Password=…");
            return null;
        }

        PostgresLogStoreOptions options = new() { ConnectionString = connection, SchemaName = schema };
        _values.Errors.AddRange(options.Validate());
        DatabaseSettings database = new(connection, schema);
        if (database.MembershipSchema.Length > 63)
        {
            _values.Errors.Add($"--schema is \"{schema}\"; expected at most 52 characters, as _membership is added to it");
        }

        return database;
    }

    private string? DataDirectory(string clusterId, ClusterKind kind)
    {
        string? directory = _values.Text("data");
        if (kind == ClusterKind.Directory && directory is null)
        {
            _values.Errors.Add("--cluster directory needs --data: expected the directory that all its silos share");
        }

        if (kind == ClusterKind.Postgres)
        {
            if (directory is not null)
            {
                _values.Errors.Add("--data is given, but with --cluster postgres the logs are in the database: "
                    + "expected one of the two");
            }

            return null;
        }

        if (directory is not null && File.Exists(directory))
        {
            _values.Errors.Add($"--data is \"{directory}\", a file; expected a directory, or a path where one can be made");
        }

        return Path.GetFullPath(directory ?? Path.Combine(StateDirectory(), "orleansshards", clusterId));
    }

    /// <summary>Where a user's programs keep what outlives them (XDG Base Directory Specification).</summary>
    private static string StateDirectory()
    {
        string? chosen = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.IsPathFullyQualified(chosen ?? "") ? chosen!
            : home.Length > 0 ? Path.Combine(home, ".local", "state")
            : Path.Combine(Path.GetTempPath(), Environment.UserName);
    }

    private IPAddress Advertised(IPAddress bind)
    {
        bool isAny = bind.Equals(IPAddress.Any) || bind.Equals(IPAddress.IPv6Any);
        IPAddress? advertised = _values.Address("advertise", isAny ? null : bind);
        if (advertised is null && !_values.Has("advertise"))
        {
            _values.Errors.Add($"--bind is {bind}, which nobody can connect to; expected --advertise with this machine's address");
        }

        return advertised ?? bind;
    }

    private ClusterTls? Tls()
    {
        string? certificate = _values.File("tls-certificate");
        string? key = _values.File("tls-key");
        string? authorities = _values.File("tls-ca");
        string? password = _values.Text("tls-password");
        if (!_values.Has("tls-certificate"))
        {
            RefuseWithout("--tls-certificate", "tls-key", "tls-password", "tls-ca");
            return null;
        }

        if (!_values.Has("tls-ca"))
        {
            _values.Errors.Add("--tls-certificate needs --tls-ca: expected the certificates of those who sign for the cluster");
        }

        if (certificate is null || authorities is null || (key is null && _values.Has("tls-key")))
        {
            return null;
        }

        try
        {
            return ClusterTls.Load(certificate, key, password, authorities);
        }
        catch (CryptographicException error)
        {
            _values.Errors.Add($"TLS: {error.Message}");
            return null;
        }
    }

    private OtlpSettings? Otlp()
    {
        bool usesHttp = _values.Word("otlp-protocol", false, ("grpc", false), ("http", true));
        Uri? endpoint = _values.Url("otlp");
        if (!_values.Has("otlp"))
        {
            RefuseWithout("--otlp", "otlp-protocol");
        }

        return endpoint is null ? null : new OtlpSettings(endpoint, usesHttp);
    }

    private LogLevel Level() => _values.Word(
        "log-level", LogLevel.Information,
        ("none", LogLevel.None), ("error", LogLevel.Error), ("warning", LogLevel.Warning),
        ("information", LogLevel.Information), ("debug", LogLevel.Debug));

    private void RefuseWithout(string missing, params string[] names)
    {
        foreach (string name in names)
        {
            if (given.Find(name) is { } found)
            {
                _values.Errors.Add($"{found.Place} is given, but means nothing without {missing}");
            }
        }
    }

    private void CheckTogether(SiloSettings settings)
    {
        IPEndPoint[] endpoints = [settings.SiloEndpoint, settings.GatewayEndpoint, settings.HttpEndpoint];
        foreach (IGrouping<int, IPEndPoint> shared in endpoints.GroupBy(static at => at.Port).Where(static at => at.Count() > 1))
        {
            _values.Errors.Add($"port {shared.Key} is wanted {shared.Count()} times; "
                + "expected a port each for silos, clients and HTTP");
        }

        OrleansShardsOptions options = new();
        settings.ApplyTo(options);
        _values.Errors.AddRange(options.Problems());
    }
}
