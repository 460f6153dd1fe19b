using Orleans.Serialization.Invocation;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>A call that stays in its silo passes the message itself on: messages are immutable.</summary>
public sealed class MessageCopyTests
{
    public static TheoryData<Type> Types => [.. CoreMessages.Types, typeof(ClusterDefinition)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Copy_OfAMessage_IsTheMessage(Type type)
    {
        object message = CoreMessages.Full(type);

        Assert.Same(message, WireServices.Copier.Copy(message));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Copy_OfAnAnswer_HasTheMessageItself(Type type)
    {
        if (CoreMessages.Full(type) is Message message)
        {
            using Response answer = WireServices.Copier.Copy(Response.FromResult(message))!;

            Assert.Same(message, answer.Result);
        }
    }

    [Fact]
    public void Copy_OfAText_HasTheSameBytes()
    {
        JsonText text = JsonText.Parse("[1]");

        Assert.True(WireServices.Copier.Copy(text).Utf8.Equals(text.Utf8));
    }
}
