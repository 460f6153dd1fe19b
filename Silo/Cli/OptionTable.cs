namespace OrleansShards.Silo.Cli;

/// <summary>Every option that may come from the command line, the environment or a file.</summary>
internal static class OptionTable
{
    /// <summary>What the names of all environment variables begin with.</summary>
    internal const string VariablePrefix = "ORLEANSSHARDS_SILO_";

    /// <summary>The option that names the file in which the others may stand; it cannot stand there itself.</summary>
    internal const string ConfigName = "config";

    /// <summary>The file that is read from the working directory if it is there and no other is named.</summary>
    internal const string DefaultFile = "orleansshards-silo.json";

    /// <summary>The options, in the order of the help.</summary>
    internal static IReadOnlyList<OptionSpec> All { get; } =
    [
        new("data", "DIR", "Keep the logs in this directory (SQLite); with --cluster directory the one that all silos share. "
            + "Default: the user's directory for state, ~/.local/state/orleansshards/CLUSTER-ID on Linux."),
        new("nodes", "NAMES", "The cluster's nodes, separated by commas: the first is the primary master, the second the "
            + "shadow, and each is a replica group. The same for every silo. Default: n1,n2,n3."),
        new("shards", "N", "How many shards the keys are spread over, 1 to 65536; fixed once founded. Default: 16."),
        new("groups", "NAMES", "The replica groups that this silo carries, where it is up. Default: all of them."),
        new("cluster", "KIND", "local: this silo is all of the cluster. directory: with the others that have the same "
            + "--data, on this machine or on a file system that several share. postgres: with the others that use the same "
            + "database. Default: local."),
        new("connection", "STRING", "The PostgreSQL database, as Npgsql writes it. Better from the environment, as a "
            + "command line can be read by every user of the machine."),
        new("schema", "NAME", "The schema that has the logs in the database; silos find each other in NAME_membership. "
            + "Default: orleans_shards."),
        new("cluster-id", "NAME", "Silos and clients of another name are not talked to. Default: orleans-shards."),
        new("service-id", "NAME", "The Orleans service's name. Default: orleans-shards."),
        new("name", "NAME", "This silo's name. The master that is called the same lives on it. Default: the machine's name "
            + "and the silo port."),
        new("bind", "ADDRESS", "Where silos and clients are listened for. Default: 127.0.0.1, this machine alone."),
        new("advertise", "ADDRESS", "How others reach this silo. Default: what --bind says; needed where that is 0.0.0.0 "
            + "or ::."),
        new("silo-port", "PORT", "Where other silos connect. Default: 11111; with --cluster directory the first free port from "
            + "there on, for the two below too."),
        new("gateway-port", "PORT", "Where clients connect. Default: 30000."),
        new("http-bind", "ADDRESS", "Where the page, the dashboard and the health checks are served, without a login. "
            + "Default: 127.0.0.1."),
        new("http-port", "PORT", "Their port. Default: 8080."),
        new("failover-after-ms", "MS", "How long the primary may be silent before the shadow acts, 1000 or more. "
            + "Default: 10000."),
        new("moves-at-once", "N", "Shards that are copied between groups at once. Default: 2."),
        new("move-bytes-per-second", "BYTES", "What one such copy takes at most, 65536 or more. Default: 33554432 (32 MiB)."),
        new("move-pause-limit-ms", "MS", "How long a move may hold a shard's writes, 50 to 30000; then they are served, and "
            + "it is tried again later. Default: 500."),
        new("move-undo-window-ms", "MS", "How long a move may be undone. Default: 600000 (10 minutes)."),
        new("death-after-ms", "MS", "About how long a silo may leave probes unanswered before others declare it dead and serve "
            + "its grains, 500 to 600000. Default: 1000."),
        new("drain-ms", "MS", "How long it goes on serving after it was told to stop, with /health/ready saying no: for "
            + "balancers that ask seldom. 0 to 60000. Default: 0."),
        new("tls-certificate", "FILE", "TLS between silos, and to clients: this silo's certificate, PEM or PKCS #12."),
        new("tls-key", "FILE", "Its key, PEM. Not with PKCS #12, which has it."),
        new("tls-password", "TEXT", "What the key or the PKCS #12 file is encrypted with. Better from the environment."),
        new("tls-ca", "FILE", "The certificates (PEM) of those who sign for the cluster: whoever shows one that they "
            + "signed is let in, nobody else."),
        new("otlp", "URL", "Send metrics and traces there by OTLP. Default: to nobody."),
        new("otlp-protocol", "KIND", "grpc or http. Default: grpc."),
        new("log-format", "KIND", "text, a line each, or json. Default: text."),
        new("log-level", "LEVEL", "none, error, warning, information or debug. Default: information."),
    ];
}
