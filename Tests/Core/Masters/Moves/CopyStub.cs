using OrleansShards.Core.Nodes;

namespace OrleansShards.Tests.Core.Masters.Moves;

/// <summary>A copy of a shard that says what the test wants, and does nothing.</summary>
internal sealed class CopyStub(NodeAddress address, Func<NodeAddress, Message, Message?> answer) : INode
{
    public NodeAddress Address => address;

    public void Step(OrleansShards.Core.Instant now, Event happened, List<Effect> effects)
    {
        if (happened is Event.Called called && answer(address, called.Request) is { } reply)
            effects.Add(new Effect.Answer(called.Id, reply));
    }
}
