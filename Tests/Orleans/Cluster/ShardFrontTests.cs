using System.Collections.Concurrent;
using Orleans.Hosting;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Shards;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>What a router has for shards in one turn goes by one call of a silo's front, whichever silo has the shards.</summary>
public sealed class ShardFrontTests
{
    private readonly ConcurrentQueue<string> _calls = [];

    [Fact]
    public async Task Requests_OfOneTurnToShardsOfTwoSilos_AreCarriedOut()
    {
        await using OrleansCluster cluster = await StartAsync(silos: 2, new InMemoryLogStore());
        await WarmAsync(cluster);
        _calls.Clear();
        ClientOutcome[] written = await cluster.AskAllAsync([.. Enumerable.Range(0, 100).Select(static key =>
            OrleansCluster.OnKey(KeyVerb.Write, key, $"{key + 1}"))]);
        Assert.All(written, static outcome => Assert.IsType<ClientOutcome.Applied>(outcome));
        Assert.InRange(_calls.Count(static call => call == "Exchange"), 1, 100);

        // Only from one silo to the other: one of the two has about half of the shards.
        Assert.InRange(_calls.Count(static call => call == "OnKey"), 1, 99);
        for (int key = 0; key < 100; key++)
            Assert.Equal($"{key + 1}", OrleansCluster.Value(await cluster.ReadAsync(key)));
    }

    [Fact]
    public async Task Request_ThatIsHeldUp_HoldsUpNoOtherOfItsTurn()
    {
        FaultyLogStore store = new(new InMemoryLogStore());
        await using OrleansCluster cluster = await StartAsync(silos: 1, store);
        await WarmAsync(cluster);
        CallGate gate = store.Hold(LogStoreCall.Put);
        Task<ClientOutcome> write = cluster.AskAsync(OrleansCluster.OnKey(KeyVerb.Write, 1, "7") with { Shard = new ShardId(0) });
        await gate.Arrived;
        ClientOutcome[] read = await cluster.AskAllAsync([.. Enumerable.Range(1, 7).Select(static shard =>
            OrleansCluster.OnKey(KeyVerb.Read, 1, null) with { Shard = new ShardId(shard) })]);
        Assert.All(read, static outcome => Assert.False(outcome is ClientOutcome.NotApplied or ClientOutcome.Unknown, $"{outcome}"));
        Assert.False(write.IsCompleted);

        gate.Open();
        Assert.IsType<ClientOutcome.Applied>(await write);
        Assert.Contains("Exchange", _calls);
    }

    private static async Task WarmAsync(OrleansCluster cluster)
    {
        for (int key = 0; key < 100; key++)
            Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(key, 0));
    }

    private Task<OrleansCluster> StartAsync(int silos, ILogStore store) => OrleansCluster.StartAsync(
        silos, store: store, extend: silo => silo.AddIncomingGrainCallFilter(call =>
        {
            _calls.Enqueue(call.MethodName);
            return call.Invoke();
        }));
}
