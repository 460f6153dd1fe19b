using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.TestHost;

/// <summary>Something on its way: a call, an answer, or a request to the store.</summary>
/// <param name="From">The run that sent it; null for the test itself.</param>
public abstract record Packet(TestNode? From)
{
    /// <summary>A call on its way to whichever run has the address when it arrives, or to one certain run.</summary>
    public sealed record Call(TestNode? From, NodeAddress To, TestNode? Run, CallId Id, Message Request) : Packet(From);

    /// <summary>An answer on its way back.</summary>
    public sealed record Answer(TestNode Sender, CallId Id, Message Reply) : Packet(Sender);

    /// <summary>A request on its way to the store; its completion comes back at once.</summary>
    public sealed record Store(TestNode Node, StoreRequest Request) : Packet(Node);
}
