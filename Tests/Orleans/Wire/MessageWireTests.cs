using Orleans.Configuration;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>Every message of Core crosses a grain call as it is; a new one without Orleans' attributes fails here.</summary>
public sealed class MessageWireTests
{
    public static TheoryData<Type> Types => [.. CoreMessages.Types];

    [Fact]
    public void CoreMessages_AreFoundByReflection() => Assert.InRange(CoreMessages.Types.Count, 40, 400);

    [Fact]
    public void Core_OfOrleans_HasTheSerializerOnly() => Assert.Equal(
        ["Orleans.Serialization", "Orleans.Serialization.Abstractions"],
        typeof(Message).Assembly.GetReferencedAssemblies().Select(static assembly => assembly.Name!)
            .Where(static name => name.StartsWith("Orleans.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Types))]
    public void Read_OfAMessageWithEveryFieldSet_HasEveryField(Type type) => Crosses((Message)CoreMessages.Full(type));

    [Theory]
    [MemberData(nameof(Types))]
    public void Read_OfAMessageWithNothingSet_HasNothing(Type type) => Crosses((Message)CoreMessages.Bare(type));

    [Theory]
    [MemberData(nameof(Types))]
    public void Write_OfAMessage_NamesItByItsAliasAndNothingElse(Type type)
    {
        // One byte a character, so that names stand in it as they are.
        string wire = System.Text.Encoding.Latin1.GetString(WireServices.Write((Message)CoreMessages.Full(type)));

        Assert.Contains($"OrleansShards.{type.Name}", wire, StringComparison.Ordinal);
        Assert.DoesNotContain("OrleansShards.Core", wire, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(ClusterDefinition))]
    [InlineData(typeof(HeartbeatReply))]
    public void Read_OfAGrainsOwnReturnType_HasEveryField(Type type)
    {
        foreach (object sample in new[] { CoreMessages.Full(type), CoreMessages.Bare(type) })
        {
            byte[] wire = WireServices.Serializer.SerializeToArray(sample);
            object read = WireServices.Serializer.Deserialize<object>(wire)!;

            Assert.Equal(FieldText.Of(sample), FieldText.Of(read));
        }
    }

    private static void Crosses(Message message)
    {
        Message read = WireServices.Read(WireServices.Write(message));

        Assert.Equal(FieldText.Of(message), FieldText.Of(read));
    }

    [Fact]
    public void Largest_OfAllMessages_IsBelowOrleansFrameLimit()
    {
        // A cas of the largest values has two of them and a key.
        int cas = (2 * (16 << 20)) + (1 << 20);
        int largest = Math.Max(DataLimits.MessageBytesMax, cas) + (1 << 20);

        Assert.True(largest < new SiloMessagingOptions().MaxMessageBodySize);
        Assert.True(largest < new ClientMessagingOptions().MaxMessageBodySize);
    }
}
