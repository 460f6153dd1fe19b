using OrleansShards.Core.Groups;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Hosting;

/// <summary>How a silo takes part in a cluster. All silos of a cluster have the same, except for <see cref="Groups"/>.</summary>
public sealed class OrleansShardsOptions
{
    /// <summary>The cluster's nodes: the first is the primary master, the second the shadow, and every name is a replica group.</summary>
    /// <value>Default: empty. Then <see cref="ClusterIdentity.Set"/> sets the cluster, and nothing runs before.</value>
    public IList<string> Nodes { get; } = [];

    /// <summary>How many shards the keys are spread over; fixed when the cluster is created.</summary>
    /// <value>Default: 16.</value>
    public int Shards { get; set; } = 16;

    /// <summary>
    /// The replica groups that this silo carries. A group that no silo names runs on any silo. One that the cluster does not have is
    /// announced: it may join.
    /// </summary>
    /// <value>Default: empty, which means all of them.</value>
    public IList<string> Groups { get; } = [];

    /// <summary>
    /// The cluster's id in the store of its logs, where the silos of a cluster with another one are refused. For silos whose
    /// <c>ClusterOptions.ClusterId</c> changes, with each deployment for instance.
    /// </summary>
    /// <value>Default: null, which means <c>ClusterOptions.ClusterId</c>.</value>
    public string? StoreClusterId { get; set; }

    /// <summary>How long the primary's log must not have grown before the shadow takes over.</summary>
    /// <value>Default: 10 s, the protocol's value. At least 1 s.</value>
    public TimeSpan DetectAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long this silo may answer no call of its own, or one of its nodes may have no turn, before it ends as one that hangs.
    /// </summary>
    /// <value>
    /// Default: 15 s, longer than collections of garbage and busy machines take; measured in three steps. At least 3 s; zero for never.
    /// </value>
    public TimeSpan HangAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The limits of shard moves.</summary>
    public MoveLimits Moves { get; set; } = new();

    /// <summary>How large keys, values, sessions, shards and the silo's content may be.</summary>
    public DataLimits Limits { get; set; } = new();

    /// <summary>How often nodes are ticked, and so the precision of deadlines and heartbeats.</summary>
    /// <value>Default: 25 ms. 1 to 100 ms.</value>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How long the start of the silo waits for the cluster's primary.</summary>
    /// <value>Default: 30 s.</value>
    public TimeSpan OpenLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a silo that shuts down tries a switchover.</summary>
    /// <value>Default: 2 s, four times as long as a switchover may take.</value>
    public TimeSpan SwitchoverLimit { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The definition that <see cref="Nodes"/> and <see cref="Shards"/> give; null without nodes.</summary>
    public ClusterDefinition? Definition() => Nodes.Count == 0
        ? null
        : new ClusterDefinition(
            [.. Nodes.Take(2).Select(static name => new MasterName(name))],
            [.. Nodes.Select(static name => new GroupId(name))],
            Shards);

    /// <summary>All errors of the options, a sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (Definition()?.Problem() is { } unsound)
            yield return $"Nodes: {unsound}";

        if (Shards < 1)
            yield return $"Shards is {Shards}; expected at least 1";

        foreach (string wrong in Groups.Where(group => !Nodes.Contains(group) && !GroupNames.IsWellFormed(group)))
        {
            yield return $"Groups names '{wrong}'; expected one of the nodes, or 1 to {GroupNames.LengthMax} letters, digits, dots, dashes "
                + "or underscores for a group that comes later";
        }

        if (StoreClusterId is { } id && string.IsNullOrWhiteSpace(id))
            yield return "StoreClusterId is empty; expected a name, or null for the silos' ClusterId";

        if (DetectAfter < TimeSpan.FromSeconds(1))
            yield return $"DetectAfter is {DetectAfter}; expected at least 1 s";

        if (HangAfter != TimeSpan.Zero && HangAfter < TimeSpan.FromSeconds(3))
            yield return $"HangAfter is {HangAfter}; expected at least 3 s, or zero for never";

        foreach (string problem in Moves.Problems())
            yield return problem;

        foreach (string problem in Limits.Problems())
            yield return problem;

        if (TickInterval < TimeSpan.FromMilliseconds(1) || TickInterval > TimeSpan.FromMilliseconds(100))
            yield return $"TickInterval is {TickInterval}; expected 1 to 100 ms";

        if (OpenLimit <= TimeSpan.Zero || SwitchoverLimit <= TimeSpan.Zero)
            yield return $"OpenLimit is {OpenLimit}, SwitchoverLimit {SwitchoverLimit}; both must be positive";
    }
}

/// <summary>The limits of a cluster's shard moves. Every process of a cluster has the same.</summary>
public sealed record MoveLimits
{
    /// <summary>How many shards are copied at once; further moves wait.</summary>
    /// <value>Default: 2, at least 1: while one waits for its seal the other copies.</value>
    public int AtOnce { get; init; } = 2;

    /// <summary>How many bytes a second one copy takes at most.</summary>
    /// <value>Default: 32 MiB, which a disk can write beside its other work. At least 64 KiB, which is one chunk.</value>
    public long BytesPerSecond { get; init; } = 32L << 20;

    /// <summary>How long a shard's writes are held at most; beyond it they are served, and the move seals the shard again later.</summary>
    /// <value>Default: 500 ms. 50 ms to 30 s.</value>
    public TimeSpan PauseLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long after its commit a move may be undone.</summary>
    /// <value>Default: 10 minutes; zero for never.</value>
    public TimeSpan UndoWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>All errors of the limits, a sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (AtOnce < 1)
            yield return $"Moves.AtOnce is {AtOnce}; expected at least 1";

        if (BytesPerSecond < 64 << 10)
            yield return $"Moves.BytesPerSecond is {BytesPerSecond}; expected at least {64 << 10}";

        if (PauseLimit < TimeSpan.FromMilliseconds(50) || PauseLimit > TimeSpan.FromSeconds(30))
            yield return $"Moves.PauseLimit is {PauseLimit}; expected 50 ms to 30 s";

        if (UndoWindow < TimeSpan.Zero)
            yield return $"Moves.UndoWindow is {UndoWindow}; expected zero or more";
    }
}
