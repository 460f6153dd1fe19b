namespace OrleansShards.Grains.Hosting;

/// <summary>How a silo takes part in a cluster. Every silo of a cluster is given the same.</summary>
public sealed class OrleansShardsOptions
{
    /// <summary>The cluster's nodes: the first is the primary master, the second the shadow, and every name is a replica group.</summary>
    /// <value>
    /// Empty unless set: then the cluster is what <see cref="ClusterIdentity.Set"/> is told, and nothing runs before.
    /// </value>
    public IList<string> Nodes { get; } = [];

    /// <summary>How many shards the keys are spread over; fixed when the cluster is founded.</summary>
    /// <value>16 unless set.</value>
    public int Shards { get; set; } = 16;

    /// <summary>The replica groups that this silo carries, where there are silos for them.</summary>
    /// <value>Empty unless set: all of them.</value>
    public IList<string> Groups { get; } = [];

    /// <summary>For how long the primary's log must not have grown before the shadow takes over.</summary>
    /// <value>10 s unless set: the protocol's figure. At least 1 s.</value>
    public TimeSpan DetectAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What moves of shards may cost.</summary>
    /// <value>Its defaults unless set.</value>
    public MoveLimits Moves { get; set; } = new();

    /// <summary>How often nodes are ticked: deadlines and heartbeats are met to a tick.</summary>
    /// <value>25 ms unless set; 1 to 100 ms.</value>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How long the silo's start waits until it has found the cluster's primary.</summary>
    /// <value>30 s unless set.</value>
    public TimeSpan OpenLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a silo that shuts down tries to hand the primary's role over.</summary>
    /// <value>2 s unless set: four times what a hand-over may last.</value>
    public TimeSpan SwitchoverLimit { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The definition that <see cref="Nodes"/> and <see cref="Shards"/> say; null without nodes.</summary>
    public ClusterDefinition? Definition() => Nodes.Count == 0
        ? null
        : new ClusterDefinition(
            [.. Nodes.Take(2).Select(static name => new MasterName(name))],
            [.. Nodes.Select(static name => new GroupId(name))],
            Shards);

    /// <summary>What is wrong with it, for people; nothing where it is sound.</summary>
    public IEnumerable<string> Problems()
    {
        if (Definition()?.Problem() is { } unsound)
            yield return $"Nodes: {unsound}";

        if (Shards < 1)
            yield return $"Shards is {Shards}; expected at least 1";

        foreach (string unknown in Groups.Where(group => Nodes.Count > 0 && !Nodes.Contains(group)))
            yield return $"Groups names '{unknown}', which is none of the nodes {string.Join(", ", Nodes)}";

        if (DetectAfter < TimeSpan.FromSeconds(1))
            yield return $"DetectAfter is {DetectAfter}; expected at least 1 s";

        foreach (string problem in Moves.Problems())
            yield return problem;

        if (TickInterval < TimeSpan.FromMilliseconds(1) || TickInterval > TimeSpan.FromMilliseconds(100))
            yield return $"TickInterval is {TickInterval}; expected 1 to 100 ms";

        if (OpenLimit <= TimeSpan.Zero || SwitchoverLimit <= TimeSpan.Zero)
            yield return $"OpenLimit is {OpenLimit}, SwitchoverLimit {SwitchoverLimit}; both must be positive";
    }
}
