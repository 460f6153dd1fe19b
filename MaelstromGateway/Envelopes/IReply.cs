namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>A reply that is ready to be written.</summary>
internal interface IReply
{
    /// <summary>Writes it: <see cref="ReplyWriter.Begin"/> with its type, then its fields.</summary>
    void Write(ref ReplyWriter writer);
}
