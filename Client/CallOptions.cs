using OrleansShards.Core;

namespace OrleansShards.Client;

/// <summary>What one call says for itself. Immutable: one instance may serve any number of calls.</summary>
public sealed record CallOptions
{
    /// <summary>How long the call may take, all waiting and all repetitions in it.</summary>
    /// <value>
    /// Null unless set: <see cref="ShardsClientOptions.Deadline"/>, or <see cref="ShardsClientOptions.MoveDeadline"/> for a
    /// call that waits for a move. More than 0, at most a day.
    /// </value>
    public TimeSpan? Deadline { get; init; }

    /// <summary>The shard, where the application places keys by itself; every call for a key must name the same.</summary>
    /// <value>Null unless set: the key's own, by a fixed hash of its JSON value.</value>
    public ShardId? Shard { get; init; }

    /// <summary>
    /// The number under which a session sends the call: one that <see cref="IShardsSession.ReserveSequence"/> gave, or
    /// one that was sent before and is repeated. Only in a session.
    /// </summary>
    /// <value>Null unless set: the session's next number.</value>
    public long? Sequence { get; init; }
}
