using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>That the set-up has been done.</summary>
internal sealed class InitReply : IReply
{
    /// <summary>The only instance.</summary>
    internal static InitReply Instance { get; } = new();

    /// <inheritdoc/>
    public void Write(ref ReplyWriter writer) => writer.Begin("init_ok"u8);
}
