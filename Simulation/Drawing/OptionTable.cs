namespace OrleansShards.Simulation.Drawing;

/// <summary>Everything that is drawn for a run, in the order in which it is printed.</summary>
internal static class OptionTable
{
    internal static IReadOnlyList<OptionSpec> All { get; } =
    [
        new("masters", 1, "masters; with two, one is the shadow", static draw => draw.Between(0, 7) == 0 ? 1 : 2) { Min = 1, Max = 2 },
        new("groups", 1, "replica groups", static draw => draw.Between(1, 4)) { Min = 1, Max = 100 },
        new("later-groups", 0, "groups that the cluster is not created with, which may join", static draw =>
            draw.Sometimes(1, 2)) { Max = 100 },
        new("shards", 1, "shards", static draw => draw.Between(1, 4)) { Min = 1, Max = 1_000 },
        new("machines", 2, "machines that masters and groups are spread over", static draw => draw.Between(2, 4)) { Min = 1, Max = 100 },
        new("gateways", 1, "routers, each on a machine of its own", static draw => draw.Between(1, 3)) { Min = 1, Max = 100 },
        new("clients", 1, "clients, each with one request at a time", static draw => draw.Between(1, 5)) { Min = 1, Max = 1_000 },
        new("keys", 1, "keys of each kind (register, counter, list)", static draw => draw.Between(1, 3)) { Min = 1, Max = 1_000 },
        new("sessions", 0, "who has sessions: 0 no client, 1 all, 2 half", static draw => draw.Between(0, 2)) { Max = 2 },
        new("deletes", 0, "whether keys are deleted", static draw => draw.Either(0, 1)) { Max = 1 },

        new("faults-ms", 1_000, "how long faults happen", static draw => draw.Spread(4_000, 30_000)),
        new("heal-ms", 60_000, "how long the recovery after that may take", static _ => 60_000) { Min = 1 },
        new("request-ms", 1_000, "a request's deadline", static draw => draw.Spread(300, 3_000)) { Min = 1 },
        new("think-ms", 20, "the longest pause between two requests of a client", static draw => draw.Spread(20, 400)),
        new("detect-ms", 10_000, "detection time; heartbeat and self-stop follow", static draw => draw.Spread(1_000, 10_000)) { Min = 100 },
        new("tick-ms", 100, "the longest time between two ticks", static draw => draw.Between(10, 100)) { Min = 1, Max = 1_000 },
        new("found-in-faults", 0, "whether the cluster is created while faults happen", static draw => draw.Either(0, 1)) { Max = 1 },

        new("log.checkpoint-records", 16_384, "records between two checkpoints", static draw => draw.Spread(3, 400)) { Min = 1 },
        new("log.chunk-bytes", 4_096, "size of a checkpoint's chunks", static draw => draw.Spread(32, 4_096)) { Min = 1 },
        new("log.digest-records", 64, "records between two logged digests", static draw => draw.Spread(1, 16)) { Min = 1 },
        new("log.batch-bytes", 1 << 20, "the largest record", static draw => draw.Spread(64, 1 << 20)) { Min = 1, Max = 1 << 20 },
        new("log.read-bytes", 1 << 20, "what one read asks for", static draw => draw.Spread(64, 1 << 20)) { Min = 1, Max = 1 << 20 },

        new("move.pause-ms", 500, "how long a source holds writes before it serves again", static draw =>
            draw.Spread(50, 2_000)) { Min = 1 },
        new("move.read-bytes", 256 << 10, "what a target reads at a time", static draw => draw.Spread(64, 256 << 10)) { Min = 1 },
        new("move.near-bytes", 64 << 10, "how close to the end of the log a target asks for the seal", static draw =>
            draw.Spread(1, 64 << 10)),
        new("move.rate-bytes", 1_000_000, "what a target receives a second", static draw => draw.Spread(50_000, 1_000_000)) { Min = 1 },
        new("move.seal-retry-ms", 1_000, "how long a target waits after a seal that was cancelled", static draw =>
            draw.Spread(50, 1_000)) { Min = 1 },
        new("move.silence-ms", 5_000, "after how long without commands a target asks the primary", static draw =>
            draw.Spread(300, 5_000)) { Min = 1 },
        new("move.give-up-ms", 10_000, "after how long without an answer a move is given up", static draw =>
            draw.Spread(2_500, 10_000)) { Min = 2_500 },
        new("move.retry-ms", 1_000, "the first wait after a move that was given up", static draw =>
            draw.Spread(100, 1_000)) { Min = 1, Max = 10_000 },
        new("move.undo-ms", 600_000, "how long a move can be undone", static draw => draw.Spread(500, 600_000)),
        new("move.at-once", 2, "moves at once", static draw => draw.Between(1, 3)) { Min = 1, Max = 100 },

        new("net.latency-us", 100, "the longest normal latency of a message", static draw => draw.Spread(100, 20_000)),
        new("net.slow-ppm", 0, "messages that take long", static draw => draw.Sometimes(100, 150_000)),
        new("net.slow-ms", 0, "how long", static draw => draw.Spread(50, 20_000)),
        new("net.loss-ppm", 0, "messages that are lost", static draw => draw.Sometimes(500, 100_000)),
        new("net.duplicate-ppm", 0, "messages that arrive twice", static draw => draw.Sometimes(500, 100_000)),
        new("net.deaf-ppm", 0, "notices that do not arrive", static draw => draw.Sometimes(50_000, 1_000_000)),
        new("net.strange-ppm", 0, "replies of a kind that the caller does not know", static draw =>
            draw.Between(0, 3) == 0 ? draw.Spread(500, 20_000) : 0),

        new("store.latency-us", 100, "the longest normal latency to the store, and back", static draw => draw.Spread(50, 10_000))
        {
            Max = 10_000_000,
        },
        new("store.spike-ppm", 0, "requests to the store that take long", static draw => draw.Sometimes(500, 50_000)),
        new("store.spike-ms", 0, "how long", static draw => draw.Spread(20, 5_000)),
        new("store.error-ppm", 0, "requests that certainly fail", static draw => draw.Sometimes(500, 50_000)),
        new("store.lost-ppm", 0, "requests that are carried out and reported as unknown", static draw => draw.Sometimes(500, 50_000)),
        new("store.void-ppm", 0, "requests that are not carried out and reported as unknown", static draw => draw.Sometimes(500, 50_000)),
        new("store.late-ppm", 0, "requests that are reported as unknown and carried out later", static draw => draw.Sometimes(500, 50_000)),
        new("store.late-ms", 0, "how much later", static draw => draw.Spread(10, 10_000)),
        new("store.torn-ppm", 0, "reads whose last record arrives cut off", static draw =>
            draw.Between(0, 3) == 0 ? draw.Spread(50, 2_000) : 0),
        new("store.split-ppm", 0, "drops, deletions and reads that are done in two steps", static draw => draw.Sometimes(1_000, 500_000)),

        new("clock.drift-ppm", 0, "by how much a clock may drift", static draw => draw.Sometimes(100, 300_000)),

        new("fault.crash-machine", 0, "machines that crash and restart", static draw => draw.Sometimes(1, 8)),
        new("fault.crash-node", 0, "nodes that crash, most within a step", static draw => draw.Sometimes(1, 24)),
        new("fault.pause", 0, "machines that pause", static draw => draw.Sometimes(1, 8)),
        new("fault.partition", 0, "partitions, symmetric", static draw => draw.Sometimes(1, 8)),
        new("fault.one-way", 0, "links cut in one direction", static draw => draw.Sometimes(1, 12)),
        new("fault.store-cut", 0, "machines cut off from the store", static draw => draw.Sometimes(1, 8)),
        new("fault.slow-store", 0, "machines that get the replies of the store late", static draw => draw.Sometimes(1, 8)),
        new("fault.stalled-commits", 0, "machines whose commits stand still, and then succeed or fail as one", static draw =>
            draw.Sometimes(1, 8)),
        new("fault.second-activation", 0, "nodes activated twice", static draw => draw.Sometimes(1, 12)),
        new("fault.declared-dead", 0, "machines that are declared dead while they run", static draw => draw.Sometimes(1, 4)),
        new("fault.clock-jump", 0, "clocks that jump", static draw => draw.Sometimes(1, 8)),
        new("fault.full-silo", 0, "machines that have no room for a while", static draw => draw.Sometimes(1, 6)),
        new("fault.gateway-crash", 0, "gateways that crash", static draw => draw.Sometimes(1, 6)),
        new("fault.failover", 0, "takeovers on request", static draw => draw.Sometimes(1, 6)),
        new("fault.switch-over", 0, "planned switchovers", static draw => draw.Sometimes(1, 6)),
        new("fault.hand-over", 0, "hand-overs of shards", static draw => draw.Between(0, 3) == 0 ? 0 : draw.Spread(1, 24)),
        new("fault.migrate", 0, "migrations of a shard that the operator asks for", static draw => draw.Sometimes(1, 16)),
        new("fault.pin", 0, "shards that the operator pins", static draw => draw.Sometimes(1, 6)),
        new("fault.join", 0, "groups that join", static draw => draw.Sometimes(1, 6)),
        new("fault.leave", 0, "groups that leave", static draw => draw.Sometimes(1, 6)),
        new("fault.forget", 0, "groups that the operator has forgotten", static draw => draw.Sometimes(1, 6)),
        new("fault.undo", 0, "moves that the operator undoes", static draw => draw.Sometimes(1, 6)),
        new("fault.ambush", 0, "faults that strike at a moment of a move", static draw => draw.Sometimes(1, 12)),
    ];
}

/// <summary>
/// One thing that is drawn for a run, from a stream of its own: its name on the command line, the value that makes a run simplest
/// (shrinking tries that), and what it is, with the unit.
/// </summary>
internal sealed record OptionSpec(string Name, long Calm, string Text, Func<Rng, long> Draw)
{
    private const string FaultPrefix = "fault.";

    /// <summary>The least value that it may be set to by hand.</summary>
    internal long Min { get; init; }

    /// <summary>The greatest such value. A million by default: rates are of a million, and nothing greater makes sense in a run.</summary>
    internal long Max { get; init; } = 1_000_000;

    /// <summary>The kind of scheduled fault whose number it is; null for other options.</summary>
    internal string? Fault { get; } = Name.StartsWith(FaultPrefix, StringComparison.Ordinal) ? Name[FaultPrefix.Length..] : null;

    /// <summary>Whether it says how many of a million.</summary>
    internal bool IsRate { get; } = Name.EndsWith("-ppm", StringComparison.Ordinal);

    /// <summary>The option, a value of it and what it is, in one line.</summary>
    internal string Line(long value) => string.Create(CultureInfo.InvariantCulture, $"  {Name,-24} {value,9}  {Text}");
}
