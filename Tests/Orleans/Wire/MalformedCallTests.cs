using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Interfaces.Wire;
using OrleansShards.Tests.Orleans.Cluster;

namespace OrleansShards.Tests.Orleans.Wire;

public sealed class MalformedCallTests
{
    [Fact]
    public async Task Call_WithARequestOfANewerRelease_EndsAndTheNodeServesOn()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1);
        IShardGrain shard = cluster.Silos.Client.GetGrain<IShardGrain>(GrainCalls.KeyOf(new("n1"), new(0)));
        KeyCommand unknown = new((KeyVerb)99, JsonText.Parse("1"), default, default, false);

        MalformedMessageException refusal = await Assert.ThrowsAsync<MalformedMessageException>(
            () => shard.OnKey(new KeyRequest(SessionTag.None, unknown)));

        Assert.Equal(
            "KeyRequest.Command.Verb is 99, where one of Read, Write, CompareAndSet, Delete was expected", refusal.Message);
        Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(1, 1));
    }
}
