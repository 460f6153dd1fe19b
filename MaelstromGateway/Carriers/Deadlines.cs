using OrleansShards.Client.Routing;

namespace OrleansShards.MaelstromGateway.Carriers;

/// <summary>How long a request may take from its turn in its lane to its answer.</summary>
/// <param name="OnKey">For operations on keys.</param>
/// <param name="Other">For all others but those below.</param>
internal sealed record Deadlines(TimeSpan OnKey, TimeSpan Other)
{
    /// <summary>For what is answered when a move is at its end.</summary>
    /// <value>60 s unless set: a shard of a million keys is copied in a part of that.</value>
    internal TimeSpan Move { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Which of them holds for a request.</summary>
    internal TimeSpan For(ClientRequest request) => request switch
    {
        ClientRequest.OnKey => OnKey,
        ClientRequest.Move => Move,
        _ => Other,
    };
}
