using OrleansShards.Core;
using OrleansShards.Core.Shards;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Moves;

/// <summary>What is left in the store of a shard that has moved away.</summary>
public abstract partial class LabTests
{
    private const int Keys = 1_000;
    private const int ValueBytes = 300;

    // A manifest and a chunk with the tombstone, the term-start records of the log's writers, and what was put since.
    private const long RemainderBytesMax = 2_048;

    [Fact]
    public async Task Deletion_AFilledShardMovesOn_OnlyItsTombstoneRemains() =>
        await NothingRemainsAsync(new InMemoryLogStore());

    /// <summary>Moves a shard with keys and as many sessions through all groups, and counts what each is left with.</summary>
    private protected async Task NothingRemainsAsync(ILogStore store)
    {
        await using ILabCluster cluster = await StartAsync(store);
        Operator lab = new(cluster);
        ShardId shard = new(0);
        await lab.MoveAsync(shard, N1);
        await FillAsync(lab, shard);
        await lab.WriteAsync(shard, "k5", "\"newer\"");

        await MovedAsync(N1, N2);
        await MovedAsync(N2, N3);
        await MovedAsync(N3, N1);
        Assert.True(await cluster.Store.BytesAsync(LogName.Shard(N2, shard)) <= RemainderBytesMax, "bytes came back");

        // The sessions came along: what is repeated in one is answered, and not done again.
        await lab.WriteAsync(shard, "k5", "\"older\"", SessionOf(5));
        Assert.Equal("\"newer\"", await lab.ReadAsync(shard, "k5"));

        async Task MovedAsync(GroupId from, GroupId to)
        {
            long full = await cluster.Store.BytesAsync(LogName.Shard(from, shard));
            Assert.True(full > Keys * ValueBytes, $"{full} bytes at {from}");
            await lab.MoveAsync(shard, to);
            long left = full;
            await Condition.HoldsAsync(
                async () => (left = await cluster.Store.BytesAsync(LogName.Shard(from, shard))) <= RemainderBytesMax,
                () => $"at most {RemainderBytesMax} bytes in the log of shard {shard} at {from}; there are {left} of {full}");
            long come = await cluster.Store.BytesAsync(LogName.Shard(to, shard));
            Assert.True(come > Keys * ValueBytes, $"{come} bytes at {to}, {full} were at {from}");
            Assert.Equal($"\"{new string('v', ValueBytes)}\"", await lab.ReadAsync(shard, "k7"));
        }
    }

    private static SessionTag SessionOf(int key) => new(SessionKind.Client, $"session{key}", 1);

    private static async Task FillAsync(Operator lab, ShardId shard)
    {
        string value = $"\"{new string('v', ValueBytes)}\"";
        foreach (int[] keys in Enumerable.Range(0, Keys).Chunk(100))
            await Task.WhenAll(keys.Select(key => lab.WriteAsync(shard, $"k{key}", value, SessionOf(key))));
    }
}
