using System.Collections.Immutable;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Workload;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Moves;

/// <summary>What these tests ask of a cluster, and wait for.</summary>
internal sealed class Operator(ILabCluster cluster)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(5);

    // So long that nobody answers later who answers at all, and short enough for a test that waits for nobody.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Every shard.</summary>
    internal static IEnumerable<ShardId> Shards =>
        Enumerable.Range(0, ILabCluster.Definition.ShardCount).Select(static shard => new ShardId(shard));

    /// <summary>Has each group given its shards, in turn, each with one value, and says who has which.</summary>
    internal async Task<ImmutableSortedDictionary<int, GroupId>> FillAsync()
    {
        foreach (ShardId shard in Shards)
        {
            await MoveAsync(shard, ILabCluster.Definition.Groups[shard.Value % 3]);
            await WriteAsync(shard, "a", $"{shard}");
        }

        return (await ConfigAsync()).Shards;
    }

    /// <summary>Writes, and it is carried out.</summary>
    internal async Task WriteAsync(ShardId shard, string key, string value, SessionTag? session = null) =>
        Assert.IsType<ClientOutcome.Applied>(await TryWriteAsync(shard, key, value, Limit, session));

    /// <summary>Writes, whatever comes of it.</summary>
    internal Task<ClientOutcome> TryWriteAsync(
        ShardId shard, string key, string value, TimeSpan? deadline = null, SessionTag? session = null) => cluster.AskAsync(
            new ClientRequest.OnKey(
                KeyOperation.Write(key, value), shard, session ?? SessionTag.None),
            deadline ?? Patience);

    /// <summary>Reads, whatever comes of it.</summary>
    internal Task<ClientOutcome> TryReadAsync(ShardId shard, string key, TimeSpan? deadline = null) => cluster.AskAsync(
        new ClientRequest.OnKey(KeyOperation.Read(key), shard, SessionTag.None), deadline ?? Patience);

    /// <summary>Reads, and it is found.</summary>
    internal async Task<string> ReadAsync(ShardId shard, string key = "a")
    {
        ClientOutcome outcome = await TryReadAsync(shard, key, Limit);
        return Assert.IsType<KeyReply>(Assert.IsType<ClientOutcome.Applied>(outcome).Reply).Value.ToString();
    }

    /// <summary>Every shard has what <see cref="FillAsync"/> has written.</summary>
    internal async Task AllAreThereAsync()
    {
        foreach (ShardId shard in Shards)
            Assert.Equal($"{shard}", await ReadAsync(shard));
    }

    /// <summary>Moves a shard, and waits until it is served there.</summary>
    internal async Task<MoveStatus> MoveAsync(ShardId shard, GroupId target)
    {
        ClientOutcome outcome = await cluster.AskAsync(new ClientRequest.Move(shard, target), Limit);
        return Assert.IsType<MoveStatus>(Assert.IsType<ClientOutcome.Applied>(outcome).Reply);
    }

    /// <summary>Asks the primary, again where messages are lost or nobody leads for a while: all that is asked may be repeated.</summary>
    internal async Task<TReply> AskAsync<TReply>(Message request)
        where TReply : Message
    {
        ClientOutcome? last = null;
        await Condition.HoldsAsync(
            async () => (last = await cluster.AskAsync(new ClientRequest.OfPrimary(request), AskAgainAfter))
                is ClientOutcome.Applied,
            () => $"an answer to {request}; the last outcome is {last}");
        return Assert.IsType<TReply>(((ClientOutcome.Applied)last!).Reply);
    }

    internal Task<ConfigReply> ConfigAsync() => AskAsync<ConfigReply>(new QueryConfig(null));

    internal Task JoinAsync(params GroupId[] groups) => AskAsync<Rebalanced>(new JoinGroups([.. groups], false));

    internal Task LeaveAsync(params GroupId[] groups) => AskAsync<Rebalanced>(new LeaveGroups([.. groups], false));

    /// <summary>Waits until the map is as it should be.</summary>
    internal Task UntilMapAsync(Func<ImmutableSortedDictionary<int, GroupId>, bool> isAsExpected, string expected)
    {
        string last = "";
        return Condition.HoldsAsync(
            async () =>
            {
                ConfigReply config = await ConfigAsync();
                last = string.Join(", ", config.Shards.Select(static pair => $"{pair.Key} at {pair.Value}"));
                return isAsExpected(config.Shards);
            },
            () => $"{expected}; the map is {last}");
    }

    /// <summary>Waits until no move is due or under way.</summary>
    internal Task UntilNothingMovesAsync()
    {
        string last = "";
        return Condition.HoldsAsync(
            async () =>
            {
                ClusterStatusReply status = await AskAsync<ClusterStatusReply>(new QueryClusterStatus());
                last = string.Join("\n", status.Moves);
                return status.Moves.IsEmpty;
            },
            () => $"no move any more; there are\n{last}");
    }

    /// <summary>Waits until a move of the shard has begun, and is not decided.</summary>
    internal Task UntilCopyingAsync(ShardId shard, GroupId target) => Condition.HoldsAsync(
        async () => await AskAsync<MoveStatus>(new QueryMove(shard)) is { Phase: MovePhase.Copying } status
            && status.Target == target,
        () => $"a move of shard {shard} to {target}");

    /// <summary>The groups whose copies say that they serve the shard.</summary>
    internal async Task<IReadOnlyList<GroupId>> ServingAsync(ShardId shard)
    {
        List<GroupId> serving = [];
        foreach (GroupId group in ILabCluster.Definition.Groups)
        {
            ClientOutcome outcome = await cluster.AskAsync(
                new ClientRequest.OfShard(group, shard, new QueryAvailability()), Limit);
            if (Assert.IsType<ShardAvailability>(Assert.IsType<ClientOutcome.Applied>(outcome).Reply).Available)
                serving.Add(group);
        }

        return serving;
    }
}
