using System.Collections.Immutable;

namespace OrleansShards.Client.Routing;

/// <summary>The router's cache of owners and primary; may be stale: the wrong node refuses, and the router learns from that.</summary>
internal sealed class RoutingTable(ImmutableArray<MasterName> masters)
{
    private readonly Dictionary<int, (GroupId Owner, Epoch Epoch)> _owners = [];

    internal PrimaryLocator Primary { get; } = new(masters);

    internal GroupId? OwnerOf(ShardId shard) =>
        _owners.TryGetValue(shard.Value, out (GroupId Owner, Epoch Epoch) known) ? known.Owner : null;

    internal Epoch EpochOf(ShardId shard, GroupId group) =>
        _owners.TryGetValue(shard.Value, out (GroupId Owner, Epoch Epoch) known) && known.Owner == group
            ? known.Epoch
            : Epoch.None;

    /// <summary>Records a shard's owner; ignores an older epoch.</summary>
    internal void Learn(ShardId shard, GroupId owner, Epoch epoch)
    {
        if (!_owners.TryGetValue(shard.Value, out (GroupId Owner, Epoch Epoch) known) || epoch >= known.Epoch)
            _owners[shard.Value] = (owner, epoch);
    }

    /// <summary>Drops an owner that refused without naming another; the router then asks the primary.</summary>
    internal void Forget(ShardId shard) => _owners.Remove(shard.Value);
}
