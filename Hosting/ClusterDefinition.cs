using System.Collections.Immutable;
using OrleansShards.Core;

namespace OrleansShards.Hosting;

/// <summary>What a cluster is founded with, and never changes: who the masters and groups are, and how many shards there are.</summary>
/// <param name="Masters">One or two: the first founds the log and is the primary, the second its shadow.</param>
/// <param name="Groups">The replica groups, in the order in which first uses are spread.</param>
/// <param name="ShardCount">How many shards the keys are spread over; 1 to 65,536.</param>
public sealed record ClusterDefinition(
    ImmutableArray<MasterName> Masters, ImmutableArray<GroupId> Groups, int ShardCount);
