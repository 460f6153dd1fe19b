namespace OrleansShards.Simulation.Drawing;

/// <summary>Which sort of run: how far what is drawn departs from the table's own draws.</summary>
public sealed class Profile
{
    private readonly Func<OptionSpec, OptionDraw, long> _draw;

    private Profile(string name, string text, Func<OptionSpec, OptionDraw, long> draw)
    {
        Name = name;
        Text = text;
        _draw = draw;
    }

    /// <summary>Every fault in about half of the runs, whichever the seed says.</summary>
    public static Profile Swarm { get; } = new("swarm", "every fault in half of the runs", static (spec, draw) => spec.Draw(draw));

    /// <summary>No fault at all: what remains must be without one refusal.</summary>
    public static Profile Calm { get; } = new("calm", "no faults", static (spec, draw) => IsFault(spec) ? 0 : spec.Draw(draw));

    /// <summary>Masters: many takeovers, short detection.</summary>
    public static Profile Masters { get; } = new("masters", "takeovers and switch-overs", static (spec, draw) => spec.Name switch
    {
        "masters" => 2,
        "detect-ms" => draw.Spread(1_000, 3_000),
        "fault.failover" or "fault.switch-over" => draw.Spread(1, 12),
        "fault.hand-over" => draw.Sometimes(1, 4),
        _ => spec.Draw(draw),
    });

    /// <summary>Moves: many hand-overs of few shards.</summary>
    public static Profile Moves { get; } = new("moves", "hand-overs", static (spec, draw) => spec.Name switch
    {
        "groups" => draw.Between(2, 4),
        "shards" => draw.Between(1, 2),
        "fault.hand-over" => draw.Spread(8, 60),
        _ => spec.Draw(draw),
    });

    /// <summary>Store: everything that a store can do, often.</summary>
    public static Profile Store { get; } = new("store", "a bad store", static (spec, draw) =>
        spec.Name.StartsWith("store.", StringComparison.Ordinal) && spec.Name.EndsWith("-ppm", StringComparison.Ordinal)
        && spec.Name != "store.torn-ppm"
            ? draw.Spread(2_000, 100_000)
            : spec.Draw(draw));

    /// <summary>Network: everything that a network can do, often.</summary>
    public static Profile Network { get; } = new("network", "a bad network", static (spec, draw) =>
        spec.Name.StartsWith("net.", StringComparison.Ordinal) && spec.Name.EndsWith("-ppm", StringComparison.Ordinal)
            ? draw.Spread(2_000, 200_000)
            : spec.Name is "fault.partition" or "fault.one-way" ? draw.Spread(2, 16) : spec.Draw(draw));

    /// <summary>Late: messages arrive when their shard has gone elsewhere and come back.</summary>
    public static Profile Late { get; } = new("late", "messages much too late, while shards move", static (spec, draw) => spec.Name switch
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

    /// <summary>Rebalance: the cluster moves shards all the time, and is struck while it does.</summary>
    public static Profile Rebalance { get; } = new("rebalance", "moves that the cluster drives", static (spec, draw) => spec.Name switch
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

    /// <summary>Backlog: small records and a slow store, so that entries wait for the log while those before them move the shard.</summary>
    public static Profile Backlog { get; } = new("backlog", "entries wait while shards move", static (spec, draw) => spec.Name switch
    {
        "groups" => draw.Between(2, 3),
        "shards" => 1,
        "clients" => draw.Between(3, 5),
        "sessions" => draw.Either(0, 2),
        "request-ms" => draw.Spread(300, 2_000),
        "think-ms" => draw.Spread(20, 100),
        "log.batch-bytes" => draw.Spread(64, 400),
        "move.pause-ms" => draw.Spread(500, 2_000),
        "store.latency-us" => draw.Spread(2_000, 30_000),
        "fault.slow-store" => draw.Spread(1, 8),
        "fault.hand-over" => draw.Spread(8, 60),
        "fault.migrate" => draw.Spread(8, 80),
        _ => spec.Draw(draw),
    });

    /// <summary>Every profile.</summary>
    public static IReadOnlyList<Profile> All { get; } = [Swarm, Calm, Masters, Moves, Store, Network, Late, Rebalance, Backlog];

    /// <summary>Its name on the command line.</summary>
    public string Name { get; }

    /// <summary>For people.</summary>
    public string Text { get; }

    internal long Draw(OptionSpec spec, OptionDraw draw) => _draw(spec, draw);

    private static bool IsFault(OptionSpec spec) =>
        spec.Name.StartsWith("fault.", StringComparison.Ordinal) || spec.Name.EndsWith("-ppm", StringComparison.Ordinal);
}
