using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>How a copy of a shard runs. Immutable; the shells build it from their own validated options.</summary>
public sealed record ShardConfig
{
    /// <summary>The group whose copy it is.</summary>
    public required GroupId Group { get; init; }

    /// <summary>The shard.</summary>
    public required ShardId Shard { get; init; }

    /// <summary>Every master's name; the first one is asked first.</summary>
    public required ImmutableArray<MasterName> Masters { get; init; }

    /// <summary>This run of the node.</summary>
    public required Incarnation Run { get; init; }

    /// <summary>The log's options.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>How many sessions of each kind are kept. Must be the same on every node of a cluster: the state depends on it.</summary>
    /// <value><see cref="ShardState.SessionsMaxDefault"/> unless set.</value>
    public int SessionsMax { get; init; } = ShardState.SessionsMaxDefault;

    /// <summary>How large data may be.</summary>
    public DataLimits Limits { get; init; } = new();

    /// <summary>How long an operation on a key may wait for anything but the log before it is refused.</summary>
    /// <value>700 ms unless set: the definite refusal reaches the router before its own 900 ms are over.</value>
    public TimeSpan KeyTimeout { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>The same for requests about the whole shard.</summary>
    /// <value>4 s unless set: below the 4.5 s of the protocol's other requests.</value>
    public TimeSpan ShardTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long one call of another node may take before it counts as failed.</summary>
    /// <value>1 s unless set.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before a failed call is repeated.</summary>
    /// <value>100 ms unless set.</value>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a leading copy does without a proof that it still leads its log; then it asks the store.</summary>
    /// <value>5 s unless set: one request to the store, and only where nobody writes.</value>
    public TimeSpan ProofInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a source that is sealed for a move holds writes before it serves again; the move is sealed again later.</summary>
    /// <value>500 ms unless set: the design's figure. A move's pause is a few log writes.</value>
    public TimeSpan MovePauseLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The maximum rate at which a target receives before the seal, in bytes per second.</summary>
    /// <value>32 MiB unless set: what one disk writes beside its other work.</value>
    public long MoveBytesPerSecond { get; init; } = 32L << 20;

    /// <summary>How many bytes of the source's log a target reads and logs at a time: all the memory that it needs.</summary>
    /// <value>128 KiB unless set: small enough for a commit that other requests wait for.</value>
    public int MoveReadBytes { get; init; } = 128 << 10;

    /// <summary>
    /// The target asks for the seal when two reads in a row have found no more bytes than this, or one has found nothing: it is that near
    /// to the log's end. Less than <see cref="MoveReadBytes"/>, or every read would look like the last.
    /// </summary>
    /// <value>32 KiB unless set: what a loaded shard writes while one piece is read and logged.</value>
    public int MoveSealWithinBytes { get; init; } = 32 << 10;

    /// <summary>A target's back-off after a seal that failed; doubles each time, up to sixteen times this.</summary>
    /// <value>1 s unless set: twice the pause limit, so that clients are served most of the time.</value>
    public TimeSpan MoveSealRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a target waits for the primary's next order before it asks how the move ended.</summary>
    /// <value>5 s unless set: the primary repeats its orders five times a second.</value>
    public TimeSpan MoveOrderTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many calls may wait for the log to be opened, and how many for one reply; further ones are refused.</summary>
    /// <value>16,384 unless set.</value>
    public int WaitingMax { get; init; } = 16_384;
}
