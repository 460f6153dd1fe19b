namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>Hears what happens on the link to a founder, on the link's thread.</summary>
internal interface ILinkEvents
{
    /// <summary>There is a connection: what waits may be sent, what was sent before has to be sent again.</summary>
    void Connected(FrameStream frames);

    /// <summary>The connection is gone: what was sent may have been carried out.</summary>
    void Disconnected();

    /// <summary>A reply has come.</summary>
    void Replied(ForwardedReply reply);
}
