using System.Net;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>Every option that may come from the command line, the environment or a file.</summary>
internal static class OptionTable
{
    /// <summary>What the names of all environment variables begin with.</summary>
    internal const string VariablePrefix = "ORLEANSSHARDS_";

    /// <summary>The option that names the file in which the others may stand; it cannot stand there itself.</summary>
    internal const string ConfigName = "config";

    private const int DeadlineMsMax = 3_600_000;

    /// <summary>The options, in the order of the help.</summary>
    internal static IReadOnlyList<OptionSpec> All { get; } =
    [
        new("data", "DIR", "Keep the state in this directory; with --cluster the same for all its gateways. Default: in memory, "
            + "gone at the end.", SetData),
        new(
            "cluster",
            "NAME",
            "Be one cluster with every gateway of that name on this machine: each is a silo, named after its node. "
            + "Without --data its state goes with the process that started them. Default: a cluster of its own.",
            SetCluster),
        new("shards", "N", "How many shards the keys are spread over, 1 to 65536. Default: 16.", Number(
            1, 65_536, static (options, number) => options with { Shards = (int)number })),
        new(
            "silo",
            "HOST:PORT[,...]",
            "Be a client of the Orleans cluster whose silos take clients there; node_ids and --shards must be what it "
            + "was founded with. Default: a cluster of its own.",
            SetSilo),
        new("cluster-id", "NAME", "What --silo's cluster is called. Default: orleans-shards.", Name(
            static (options, name) => options with { ClusterId = name })),
        new("service-id", "NAME", "What --silo's service is called. Default: orleans-shards.", Name(
            static (options, name) => options with { ServiceId = name })),
        new("tls-certificate", "FILE", "This gateway's certificate for --silo, PEM or PKCS #12. Default: no TLS.", TlsFile(
            static (options, file) => options with { TlsCertificate = file })),
        new("tls-key", "FILE", "The certificate's key, PEM. Default: in the certificate's file.", TlsFile(
            static (options, file) => options with { TlsKey = file })),
        new("tls-password", "TEXT", "What the key is encrypted with; better from the environment. Default: nothing.", Name(
            static (options, password) => options with { TlsPassword = password })),
        new("tls-ca", "FILE", "The certificates, PEM, of those who sign for the silos' cluster.", TlsFile(
            static (options, file) => options with { TlsAuthorities = file })),
        new("key-deadline-ms", "MS", "How long an operation on a key may take. Default: 900.", Number(
            1, DeadlineMsMax, static (options, number) => options with
            {
                Deadlines = options.Deadlines with { OnKey = TimeSpan.FromMilliseconds(number) },
            })),
        new("deadline-ms", "MS", "How long any other request may take. Default: 4500.", Number(
            1, DeadlineMsMax, static (options, number) => options with
            {
                Deadlines = options.Deadlines with { Other = TimeSpan.FromMilliseconds(number) },
            })),
        new("move-deadline-ms", "MS", "How long migrate_shard and undo_move may take. Default: 60000.", Number(
            1, DeadlineMsMax, static (options, number) => options with
            {
                Deadlines = options.Deadlines with { Move = TimeSpan.FromMilliseconds(number) },
            })),
        new(
            "failover-after-ms",
            "MS",
            "How long the primary may be silent before the shadow acts; with --silo the silos' own. Default: 10000.",
            Number(1_000, DeadlineMsMax, static (options, number) => options with
            {
                FailoverAfter = TimeSpan.FromMilliseconds(number),
            })),
        new("moves-at-once", "N", "Shards that are copied between groups at once. Default: 2.", Number(
            1, 1024, static (options, number) => options with
            {
                Moves = options.Moves with { AtOnce = (int)number },
            })),
        new("move-bytes-per-second", "BYTES", "What one such copy takes at most. Default: 33554432 (32 MiB).", Number(
            64 << 10, long.MaxValue, static (options, number) => options with
            {
                Moves = options.Moves with { BytesPerSecond = number },
            })),
        new("move-pause-limit-ms", "MS", "How long a move may hold a shard's writes. Default: 500.", Number(
            50, 30_000, static (options, number) => options with
            {
                Moves = options.Moves with { PauseLimit = TimeSpan.FromMilliseconds(number) },
            })),
        new("move-undo-window-ms", "MS", "How long a move may be undone. Default: 600000 (10 minutes).", Number(
            0, DeadlineMsMax, static (options, number) => options with
            {
                Moves = options.Moves with { UndoWindow = TimeSpan.FromMilliseconds(number) },
            })),
        new("line-bytes-max", "BYTES", "The longest line that is accepted. Default: 67108864 (64 MiB).", Number(
            1_024, 1L << 30, static (options, number) => options with { LineBytesMax = (int)number })),
        new("requests-max", "N", "Most requests read and not answered; reading waits beyond. Default: 16384.", Number(
            1, 1 << 24, static (options, number) => options with { RequestsMax = (int)number })),
        new("request-bytes-max", "BYTES", "Most bytes of those requests' lines. Default: 268435456 (256 MiB).", Number(
            1, long.MaxValue, static (options, number) => options with { RequestBytesMax = number })),
        new("output-bytes-max", "BYTES", "With so much waiting for stdout nothing begins. Default: 67108864.", Number(
            1, long.MaxValue, static (options, number) => options with { OutputBytesMax = number })),
        new("log-level", "LEVEL", "none, error, warning, information or debug. Default: information.", SetLogLevel),
    ];

    private static OptionSpec.Setter Number(long min, long max, Func<GatewayOptions, long, GatewayOptions> set) =>
        (options, value, out expected) =>
        {
            expected = max == long.MaxValue ? $"an integer, {min} or more" : $"an integer from {min} to {max}";
            bool good = long.TryParse(
                value,
                System.Globalization.NumberStyles.AllowLeadingSign,
                System.Globalization.CultureInfo.InvariantCulture,
                out long number);
            return good && number >= min && number <= max ? set(options, number) : null;
        };

    private static GatewayOptions? SetData(GatewayOptions options, string value, out string expected)
    {
        expected = "a directory, or a path where one can be made";
        bool good = value.Length > 0 && !File.Exists(value);
        return good ? options with { DataDirectory = Path.GetFullPath(value) } : null;
    }

    private static GatewayOptions? SetCluster(GatewayOptions options, string value, out string expected)
    {
        expected = "1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit";
        bool good = value.Length is >= 1 and <= 64
            && char.IsAsciiLetterOrDigit(value[0])
            && value.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
        return good ? options with { Cluster = value } : null;
    }

    private static OptionSpec.Setter Name(Func<GatewayOptions, string, GatewayOptions> set) =>
        (options, value, out expected) =>
        {
            expected = "a name";
            return string.IsNullOrWhiteSpace(value) ? null : set(options, value);
        };

    private static OptionSpec.Setter TlsFile(Func<GatewayOptions, string, GatewayOptions> set) =>
        (options, value, out expected) =>
        {
            expected = "a file that is there";
            return File.Exists(value) ? set(options, value) : null;
        };

    private static GatewayOptions? SetSilo(GatewayOptions options, string value, out string expected)
    {
        expected = "HOST:PORT, or several of them separated by commas, each port from 1 to 65535";
        DnsEndPoint?[] silos = [.. value.Split(',').Select(SiloAddressText.Parse)];
        return silos.Contains(null) ? null : options with { Silos = silos! };
    }

    private static GatewayOptions? SetLogLevel(GatewayOptions options, string value, out string expected)
    {
        expected = "none, error, warning, information or debug";
        bool good = Enum.TryParse(value, ignoreCase: true, out LogLevel level) && !char.IsAsciiDigit(value[0]);
        return good && Enum.IsDefined(level) ? options with { LogLevel = level } : null;
    }
}
