using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansShards.Grains.Nodes;

namespace OrleansShards.Tests.Orleans.Wire;

public sealed class NodeStoppedWireTests
{
    [Fact]
    public void RoundTrip_TheExceptionOfANodeThatHasStopped_KeepsItsText()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddSerializer(static builder => builder.AddAssembly(typeof(NodeStoppedException).Assembly))
            .BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();

        Exception? back = serializer.Deserialize<Exception>(
            serializer.SerializeToArray<Exception>(new NodeStoppedException("shard g1/3 is being stopped here")));

        Assert.Equal("shard g1/3 is being stopped here", Assert.IsType<NodeStoppedException>(back).Message);
    }
}
