using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Moves;

/// <summary>A whole cluster on one of the hosts, and what can go wrong with it: masters n1 and n2, groups n1 to n3, eight shards.</summary>
internal interface ILabCluster : IAsker, IAsyncDisposable
{
    /// <summary>What every such cluster is founded with.</summary>
    static readonly ClusterDefinition Definition = new([new("n1"), new("n2")], [new("n1"), new("n2"), new("n3")], 8);

    /// <summary>The store behind it: cuts logs off, counts bytes.</summary>
    LabStore Store { get; }

    /// <summary>How many of a hundred messages between nodes are lost, questions as well as answers.</summary>
    int LossPercent { set; }

    /// <summary>Ends the runs of a group's copies, wherever they are in their work; they come back by themselves.</summary>
    Task CrashAsync(GroupId group);

    /// <summary>Ends the primary's run; somebody leads again by themselves.</summary>
    Task CrashPrimaryAsync();
}
