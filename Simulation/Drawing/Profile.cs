namespace OrleansShards.Simulation.Drawing;

/// <summary>A sort of run: which options it draws in another way than the table does.</summary>
internal sealed class Profile(string name, string text, Func<OptionSpec, Rng, long> draw)
{
    /// <summary>Every fault in about half of the runs, by the table's own draws.</summary>
    internal static Profile Swarm { get; } = new("swarm", "every fault in half of the runs", static (spec, draw) => spec.Draw(draw));

    /// <summary>No fault at all: then no request may be refused.</summary>
    internal static Profile Calm { get; } = new("calm", "no faults", static (spec, draw) =>
        spec.Fault is not null || spec.IsRate ? 0 : spec.Draw(draw));

    internal static Profile Masters { get; } = new("masters", "takeovers and switchovers", static (spec, draw) => spec.Name switch
    {
        "masters" => 2,
        "detect-ms" => draw.Spread(1_000, 3_000),
        "fault.failover" or "fault.switch-over" => draw.Spread(1, 12),
        "fault.hand-over" => draw.Sometimes(1, 4),
        _ => spec.Draw(draw),
    });

    internal static Profile Moves { get; } = new("moves", "hand-overs", static (spec, draw) => spec.Name switch
    {
        "groups" => draw.Between(2, 4),
        "shards" => draw.Between(1, 2),
        "fault.hand-over" => draw.Spread(8, 60),
        _ => spec.Draw(draw),
    });

    internal static Profile Store { get; } = new("store", "a bad store", static (spec, draw) =>
        spec.IsRate && spec.Name.StartsWith("store.", StringComparison.Ordinal) && spec.Name != "store.torn-ppm"
            ? draw.Spread(2_000, 100_000)
            : spec.Draw(draw));

    internal static Profile Network { get; } = new("network", "a bad network", static (spec, draw) =>
        spec.IsRate && spec.Name.StartsWith("net.", StringComparison.Ordinal) && spec.Name != "net.strange-ppm"
            ? draw.Spread(2_000, 200_000)
            : spec.Name is "fault.partition" or "fault.one-way" ? draw.Spread(2, 16) : spec.Draw(draw));

    /// <summary>Messages arrive after their shard has moved elsewhere and come back.</summary>
    internal static Profile Late { get; } = new("late", "messages much too late, while shards move", static (spec, draw) => spec.Name switch
    {
        "groups" => draw.Between(2, 3),
        "shards" => 1,
        "sessions" => 0,
        "request-ms" => draw.Between(300, 600),
        "net.slow-ppm" => draw.Spread(50_000, 150_000),
        "net.slow-ms" => draw.Spread(2_000, 10_000),
        "fault.hand-over" => draw.Spread(20, 60),
        _ => spec.Draw(draw),
    });

    /// <summary>The cluster moves shards all the time, and faults strike while it does.</summary>
    internal static Profile Rebalance { get; } = new("rebalance", "moves of the cluster", static (spec, draw) => spec.Name switch
    {
        "groups" => draw.Between(2, 4),
        "detect-ms" => draw.Spread(1_000, 4_000),
        "log.checkpoint-records" => draw.Spread(3, 80),
        "log.chunk-bytes" => draw.Spread(32, 1_024),
        "fault.hand-over" => draw.Between(0, 3) == 0 ? draw.Spread(1, 12) : 0,
        "shards" => draw.Between(1, 5),
        "fault.migrate" => draw.Between(0, 3) == 0 ? draw.Spread(1, 4) : draw.Spread(4, 40),
        "fault.pin" or "fault.join" or "fault.leave" => draw.Sometimes(1, 10),
        "fault.ambush" => draw.Sometimes(2, 30),
        "fault.failover" or "fault.switch-over" => draw.Sometimes(1, 8),
        _ => spec.Draw(draw),
    });

    /// <summary>Small records and a slow store: entries wait for the log while earlier entries move the shard.</summary>
    internal static Profile Backlog { get; } = new("backlog", "entries wait while shards move", static (spec, draw) => spec.Name switch
    {
        "groups" => draw.Between(2, 3),
        "shards" => 1,
        "clients" => draw.Between(3, 5),
        "sessions" => draw.Either(0, 2),
        "request-ms" => draw.Between(300, 500),
        "think-ms" => draw.Spread(20, 100),
        "log.batch-bytes" => draw.Spread(64, 400),
        "move.pause-ms" => draw.Spread(500, 2_000),
        "store.latency-us" => draw.Spread(2_000, 30_000),
        "fault.slow-store" => draw.Spread(4, 16),
        "fault.hand-over" => draw.Spread(8, 60),
        "fault.migrate" => draw.Spread(8, 80),
        _ => spec.Draw(draw),
    });

    /// <summary>Groups join that the cluster was not created with, leave, and are forgotten.</summary>
    internal static Profile Groups { get; } = new("groups", "groups that come and go", static (spec, draw) => spec.Name switch
    {
        "groups" => draw.Between(1, 3),
        "later-groups" => draw.Between(1, 3),
        "shards" => draw.Between(1, 4),
        "detect-ms" => draw.Spread(1_000, 4_000),
        "log.checkpoint-records" => draw.Spread(3, 80),
        "log.chunk-bytes" => draw.Spread(32, 1_024),
        "fault.join" or "fault.leave" or "fault.forget" => draw.Spread(4, 40),
        "fault.migrate" => draw.Spread(2, 20),
        "fault.hand-over" => draw.Sometimes(2, 20),
        "fault.failover" or "fault.switch-over" => draw.Sometimes(1, 8),
        _ => spec.Draw(draw),
    });

    /// <summary>A store that takes seconds: hosts give up waiting, and what they gave up is done later.</summary>
    internal static Profile Slow { get; } = new("slow", "a store that takes seconds", static (spec, draw) => spec.Name switch
    {
        "detect-ms" => draw.Spread(4_000, 10_000),
        "request-ms" => draw.Spread(2_000, 8_000),
        "found-in-faults" => 1,
        "store.latency-us" => draw.Spread(100_000, 1_500_000),
        _ => spec.Draw(draw),
    });

    /// <summary>As many shards as a cluster has; few of them have keys.</summary>
    internal static Profile Wide { get; } = new("wide", "a hundred shards", static (spec, draw) => spec.Name switch
    {
        "shards" => 100,
        "groups" => draw.Between(2, 4),
        "keys" => draw.Between(8, 20),
        "faults-ms" => draw.Spread(4_000, 8_000),
        "tick-ms" => 100,
        "move.at-once" => draw.Between(2, 8),
        "fault.join" or "fault.leave" => draw.Between(0, 2),
        _ => spec.Draw(draw),
    });

    internal static IReadOnlyList<Profile> All { get; } =
        [Swarm, Calm, Masters, Moves, Store, Network, Late, Rebalance, Backlog, Groups, Slow, Wide];

    internal string Name => name;

    internal string Text => text;

    internal long Draw(OptionSpec spec, Rng draws) => draw(spec, draws);
}
