using System.Collections.Immutable;

namespace OrleansShards.Client.Routing;

/// <summary>
/// The router's cache of who has which shard and who is primary. May be stale at any time: whoever is asked wrongly
/// says so, and that is learned.
/// </summary>
internal sealed class RoutingTable(ImmutableArray<MasterName> masters)
{
    private readonly Dictionary<int, (GroupId Owner, Epoch Epoch)> _owners = [];

    internal PrimaryLocator Primary { get; } = new(masters);

    internal GroupId? OwnerOf(ShardId shard) =>
        _owners.TryGetValue(shard.Value, out (GroupId Owner, Epoch Epoch) known) ? known.Owner : null;

    /// <summary>The epoch at which a group has a shard; none where that is not known.</summary>
    internal Epoch EpochOf(ShardId shard, GroupId group) =>
        _owners.TryGetValue(shard.Value, out (GroupId Owner, Epoch Epoch) known) && known.Owner == group
            ? known.Epoch
            : Epoch.None;

    /// <summary>Somebody says who has a shard. Older news is ignored.</summary>
    internal void Learn(ShardId shard, GroupId owner, Epoch epoch)
    {
        if (!_owners.TryGetValue(shard.Value, out (GroupId Owner, Epoch Epoch) known) || epoch >= known.Epoch)
            _owners[shard.Value] = (owner, epoch);
    }

    /// <summary>The supposed owner does not hold it and knows of nobody: the master has to be asked.</summary>
    internal void Forget(ShardId shard) => _owners.Remove(shard.Value);
}
