namespace OrleansShards.Core.Shards;

/// <summary>How a copy came to be released. Persisted in checkpoints: values are append-only.</summary>
public enum ReleaseReason
{
    /// <summary>It is not released.</summary>
    None = 0,

    /// <summary>
    /// Given away without content: it was never opened, or was empty. The new owner may begin with nothing.
    /// </summary>
    Empty = 1,

    /// <summary>
    /// Handed over and confirmed. The content is with the target, or in the hands of the client that confirmed.
    /// </summary>
    Confirmed = 2,

    /// <summary>What a hand-over had brought was discarded for its source, which serves again.</summary>
    Discarded = 3,

    /// <summary>Moved by the cluster: the master's log has the decision, the target the content.</summary>
    Moved = 4,
}
