using OrleansShards.Core.Groups;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Hosting;

namespace OrleansShards.Grains.Nodes;

/// <summary>Makes the nodes of a cluster, the same on every host.</summary>
/// <param name="definition">The cluster.</param>
/// <param name="detectAfter">For how long the primary's log must not have grown before the shadow takes over.</param>
/// <param name="moves">What moves of shards may cost.</param>
public sealed class ClusterNodes(ClusterDefinition definition, TimeSpan detectAfter, MoveLimits moves)
{
    /// <summary>A new run of a master, a group or a shard; null where the cluster has no such node.</summary>
    public INode? Create(NodeAddress address, Incarnation run) => address.Kind switch
    {
        NodeKind.Master when definition.Has(new MasterName(address.Name)) =>
            new MasterNode(MasterConfigFor(new MasterName(address.Name)), run),
        NodeKind.Group when definition.Has(new GroupId(address.Name)) =>
            new GroupNode(GroupConfigFor(new GroupId(address.Name)), run),
        NodeKind.Shard
            when definition.Has(new GroupId(address.Name)) && definition.Has(new ShardId(address.Number)) =>
            new ShardNode(ShardConfigFor(address, run)),
        NodeKind.Master or NodeKind.Group or NodeKind.Shard or NodeKind.Client => null,
    };

    // Heartbeat, self-stop and detection keep the proportions of the protocol's 1 s, 7 s and 10 s.
    private MasterConfig MasterConfigFor(MasterName self) => new()
    {
        Self = self,
        Definition = definition,
        DetectAfter = detectAfter,
        MovesAtOnce = moves.AtOnce,
        MoveUndoWindow = moves.UndoWindow,
        Log = new() { HeartbeatInterval = detectAfter / 10, SelfStopAfter = detectAfter * 0.7 },
    };

    private GroupConfig GroupConfigFor(GroupId group) => new() { Group = group, Masters = definition.Masters };

    private ShardConfig ShardConfigFor(NodeAddress address, Incarnation run) => new()
    {
        Group = new GroupId(address.Name),
        Shard = new ShardId(address.Number),
        Masters = definition.Masters,
        Run = run,
        MoveBytesPerSecond = moves.BytesPerSecond,
        MovePauseLimit = moves.PauseLimit,
    };
}
