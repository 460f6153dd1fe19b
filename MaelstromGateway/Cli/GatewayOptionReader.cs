using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using OrleansShards.CommandLine;
using OrleansShards.MaelstromGateway.Network;

namespace OrleansShards.MaelstromGateway.Cli;

internal sealed class GatewayOptionReader : OptionReader<GatewayOptions>
{
    private const int DeadlineMsMax = 3_600_000;
    private const string Sockets = "sockets";
    private const string Maelstrom = "maelstrom";
    private const string ClusterName = "1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit";
    private const string SiloList = "HOST:PORT, or several of them separated by commas, each port from 1 to 65535";

    // The variables of silos have this prefix too.
    private static readonly OptionSources Sources = new("ORLEANSSHARDS_", "orleansshards.json", OwnsPrefix: false);

    internal GatewayOptionReader()
        : base(
            "maelstrom-gateway",
            "Speaks Maelstrom's protocol on stdin and stdout, one JSON message a line, for a sharded linearizable key-value store.",
            new GatewayOptions(),
            Sources)
    {
        AddCluster();
        AddSilos();
        AddTimesAndMoves();
        AddLimits();
        AddDataLimits();
    }

    /// <summary>Whether no option is given at all: so Maelstrom usually starts a gateway.</summary>
    internal static bool IsNothingGiven(string[] args) => args.Length == 0 && Sources.AreEmpty();

    protected override GatewayOptions Complete(GatewayOptions options)
    {
        bool isClient = Has("silo");
        bool hasTls = (options.TlsCertificate ?? options.TlsKey ?? options.TlsPassword ?? options.TlsAuthorities) is not null;
        (bool IsBroken, string Text)[] rules =
        [
            (isClient && Has("cluster"), "--cluster and --silo are given; expected one: a silo in this process, or those of others"),
            (isClient && Has("data"), "--data and --silo are given; expected --silo alone: its silos keep the state"),
            (!isClient && (options.ClusterId ?? options.ServiceId) is not null,
                "--cluster-id and --service-id are for --silo, which is not given"),
            (!isClient && hasTls, "the --tls-… options are for --silo, which is not given"),
            (options.IsMaelstromTheNetwork && options.Cluster is null, "--network maelstrom is for --cluster, which is not given"),
            (options.IsMaelstromTheNetwork && options.LineBytesMax < SegmentText.LineBytesMax,
                $"--line-bytes-max is {options.LineBytesMax}; expected {SegmentText.LineBytesMax} or more with --network maelstrom"),
            (hasTls && !(Has("tls-certificate") && Has("tls-ca")), "for TLS expected both --tls-certificate and --tls-ca"),
        ];
        foreach ((_, string text) in rules.Where(static rule => rule.IsBroken))
            Refuse(text);

        return options;
    }

    private void AddCluster()
    {
        Add("data", "DIR", "Keep the state in this directory; with --cluster the same for all its gateways. Default: in memory, "
            + "gone at the end.",
            Values.Directory, static (options, directory) => options with { DataDirectory = directory });
        Add("cluster", "NAME", "Be one cluster with every gateway of that name on this machine: each is a silo, named after its node. "
            + "Without --data its state goes with the process that started them. Default: a cluster of its own.",
            Cluster, static (options, name) => options with { Cluster = name });
        Add("network", "NAME", "What this cluster's silos reach each other by, the same for all its gateways: sockets, or maelstrom, "
            + "messages between the nodes on stdin and stdout. Default: sockets.",
            Values.OneOf(Sockets, Maelstrom), static (options, name) => options with { IsMaelstromTheNetwork = name == Maelstrom });
        Add("shards", "N", "How many shards the keys are spread over, 1 to 65536. Default: 16.",
            Values.Number(1, 65_536), static (options, shards) => options with { Shards = shards });
    }

    private void AddSilos()
    {
        Func<string, string> name = Values.Text("a name");
        Add("silo", "HOST:PORT[,...]", "Be a client of the Orleans cluster whose silos take clients there; node_ids and --shards must "
            + "be those that it was created with. Default: a cluster of its own.",
            Silos, static (options, silos) => options with { Silos = silos });
        Add("cluster-id", "NAME", "What --silo's cluster is called. Default: orleans-shards.",
            name, static (options, id) => options with { ClusterId = id });
        Add("service-id", "NAME", "What --silo's service is called. Default: orleans-shards.",
            name, static (options, id) => options with { ServiceId = id });
        Add("tls-certificate", "FILE", "This gateway's certificate for --silo, PEM or PKCS #12. Default: no TLS.",
            Values.ExistingFile, static (options, file) => options with { TlsCertificate = file });
        Add("tls-key", "FILE", "The certificate's key, PEM. Default: in the certificate's file.",
            Values.ExistingFile, static (options, file) => options with { TlsKey = file });
        Add("tls-password", "TEXT", "What the key is encrypted with; better from the environment. Default: nothing.",
            Values.Text("a password"), static (options, password) => options with { TlsPassword = password });
        Add("tls-ca", "FILE", "The certificates, PEM, of those who sign for the silos' cluster.",
            Values.ExistingFile, static (options, file) => options with { TlsAuthorities = file });
    }

    private void AddTimesAndMoves()
    {
        Func<string, TimeSpan> deadline = Values.Milliseconds(1, DeadlineMsMax);
        Add("key-deadline-ms", "MS", "How long an operation on a key may take, 1 to 3600000. Default: 900.",
            deadline, static (options, time) => options with { Deadlines = options.Deadlines with { OnKey = time } });
        Add("deadline-ms", "MS", "How long any other request may take, 1 to 3600000. Default: 4500.",
            deadline, static (options, time) => options with { Deadlines = options.Deadlines with { Other = time } });
        Add("move-deadline-ms", "MS", "How long migrate_shard and undo_move may take, 1 to 3600000. Default: 60000.",
            deadline, static (options, time) => options with { Deadlines = options.Deadlines with { Move = time } });
        Add("failover-after-ms", "MS", "How long the primary may be silent before the shadow acts, 1000 to 3600000; with --silo the "
            + "silos' own. Default: 10000.",
            Values.Milliseconds(1_000, DeadlineMsMax), static (options, time) => options with { FailoverAfter = time });
        Add("moves-at-once", "N", "Shards that are copied between groups at once, 1 to 1024. Default: 2.",
            Values.Number(1, 1024), static (options, count) => options with { Moves = options.Moves with { AtOnce = count } });
        Add("move-bytes-per-second", "BYTES", "What one such copy takes at most, 65536 or more. Default: 33554432 (32 MiB).",
            Values.Number(64 << 10, "bytes"),
            static (options, bytes) => options with { Moves = options.Moves with { BytesPerSecond = bytes } });
        Add("move-pause-limit-ms", "MS", "How long a move may hold a shard's writes, 50 to 30000. Default: 500.",
            Values.Milliseconds(50, 30_000), static (options, time) => options with { Moves = options.Moves with { PauseLimit = time } });
        Add("move-undo-window-ms", "MS", "How long a move may be undone, up to 3600000; 0 for never. Default: 600000 (10 minutes).",
            Values.Milliseconds(0, DeadlineMsMax),
            static (options, time) => options with { Moves = options.Moves with { UndoWindow = time } });
    }

    private void AddLimits()
    {
        Add("line-bytes-max", "BYTES", "The longest line that is accepted, 1024 to 1073741824. Default: 67108864 (64 MiB).",
            Values.Number(1_024, 1 << 30, "bytes"), static (options, bytes) => options with { LineBytesMax = bytes });
        Add("requests-max", "N", "Most requests read and not answered, 1 to 16777216; reading waits beyond. Default: 16384.",
            Values.Number(1, 1 << 24), static (options, requests) => options with { RequestsMax = requests });
        Add("request-bytes-max", "BYTES", "Most bytes of those requests' lines. Default: 268435456 (256 MiB).",
            Values.Number(1, "bytes"), static (options, bytes) => options with { RequestBytesMax = bytes });
        Add("output-bytes-max", "BYTES", "With so much waiting for stdout nothing begins. Default: 67108864 (64 MiB).",
            Values.Number(1, "bytes"), static (options, bytes) => options with { OutputBytesMax = bytes });
        Add("log-level", "LEVEL", "none, error, warning, information or debug. Default: information.",
            Values.OneOf("none", "error", "warning", "information", "debug"),
            static (options, level) => options with { LogLevel = Enum.Parse<LogLevel>(level, ignoreCase: true) });
    }

    private void AddDataLimits()
    {
        Add("key-bytes-max", "BYTES", "The longest key, 1 to 1048576. Default: 65536 (64 KiB).",
            Values.Number(1, 1 << 20, "bytes"),
            static (options, bytes) => options with { Limits = options.Limits with { KeyBytesMax = bytes } });
        Add("value-bytes-max", "BYTES", "The longest value, 1 to 16777216. Default: 1048576 (1 MiB).",
            Values.Number(1, 16 << 20, "bytes"),
            static (options, bytes) => options with { Limits = options.Limits with { ValueBytesMax = bytes } });
        Add("session-name-bytes-max", "BYTES", "The longest name of a client's session (client_id), 1 to 4096. Default: 256.",
            Values.Number(1, 4096, "bytes"),
            static (options, bytes) => options with { Limits = options.Limits with { SessionNameBytesMax = bytes } });
        Add("session-bytes-max", "BYTES", "What a shard's sessions of one kind may hold, 1048576 or more; then the least "
            + "recently used are dropped. Default: 67108864 (64 MiB).",
            Values.Number(1 << 20, "bytes"),
            static (options, bytes) => options with { Limits = options.Limits with { SessionBytesMax = bytes } });
        Add("shard-bytes-max", "BYTES", "What one shard may hold, 1048576 or more; then it takes nothing that makes it "
            + "larger. Default: 1073741824 (1 GiB).",
            Values.Number(1 << 20, "bytes"),
            static (options, bytes) => options with { Limits = options.Limits with { ShardBytesMax = bytes } });
        Add("silo-bytes-max", "BYTES", "What the shards on one silo may hold, 1048576 or more. Default: 4294967296 (4 GiB).",
            Values.Number(1 << 20, "bytes"),
            static (options, bytes) => options with { Limits = options.Limits with { SiloBytesMax = bytes } });
    }

    private static string Cluster(string text) =>
        text.Length is >= 1 and <= 64
            && char.IsAsciiLetterOrDigit(text[0])
            && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')
            ? text
            : throw Values.Expected(ClusterName);

    private static IReadOnlyList<DnsEndPoint> Silos(string text) => [.. text.Split(',').Select(Silo)];

    // The host may be a name, an IPv4 address, or an IPv6 address in brackets.
    private static DnsEndPoint Silo(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = text[..Math.Max(colon, 0)].Trim();
        bool isBracketed = host is ['[', .., ']'];
        string bare = isBracketed ? host[1..^1] : host;
        bool isHost = isBracketed
            ? IPAddress.TryParse(bare, out _)
            : Uri.CheckHostName(bare) is UriHostNameType.Dns or UriHostNameType.IPv4;
        return isHost
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is >= 1 and <= IPEndPoint.MaxPort
            ? new DnsEndPoint(bare, port)
            : throw Values.Expected(SiloList);
    }
}
