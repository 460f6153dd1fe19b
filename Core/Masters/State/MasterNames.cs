namespace OrleansShards.Core.Masters;

/// <summary>Whether what a request names exists in a cluster.</summary>
internal static class MasterNames
{
    /// <summary>What does not exist, for people; null where everything does.</summary>
    internal static string? Unknown(ClusterDefinition cluster, ShardId shard, GroupId? group) =>
        !cluster.Has(shard) ? $"there is no shard {shard}, the cluster has 0 to {cluster.ShardCount - 1}"
        : group is { } named && !cluster.Has(named) ? $"there is no group {named}"
        : null;
}
