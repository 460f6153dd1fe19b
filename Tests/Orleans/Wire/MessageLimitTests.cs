using Orleans.Configuration;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Wire;

public sealed class MessageLimitTests
{
    [Fact]
    public void LargestMessage_IsBelowOrleansFrameLimit()
    {
        // A cas of the largest values has two of them and a key.
        int cas = (2 * (16 << 20)) + (1 << 20);
        int largest = Math.Max(DataLimits.MessageBytesMax, cas) + (1 << 20);

        Assert.True(largest < new SiloMessagingOptions().MaxMessageBodySize);
        Assert.True(largest < new ClientMessagingOptions().MaxMessageBodySize);
    }
}
