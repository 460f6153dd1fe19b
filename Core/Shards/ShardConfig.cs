using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>What a copy of a shard knows from the start. Immutable; the shells build it from their own validated options.</summary>
public sealed record ShardConfig
{
    /// <summary>The group whose copy it is.</summary>
    public required GroupId Group { get; init; }

    /// <summary>The shard.</summary>
    public required ShardId Shard { get; init; }

    /// <summary>Every master's name; the first is asked first.</summary>
    public required ImmutableArray<MasterName> Masters { get; init; }

    /// <summary>This run of the node.</summary>
    public required Incarnation Run { get; init; }

    /// <summary>How the log is treated.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>How many sessions of each kind are kept. The same on every node of a cluster, for it decides what is applied.</summary>
    /// <value><see cref="ShardState.SessionsMaxDefault"/> unless set.</value>
    public int SessionsMax { get; init; } = ShardState.SessionsMaxDefault;

    /// <summary>How long an operation on a key may wait for anything but the log itself before it is refused.</summary>
    /// <value>700 ms unless set: the router hears of it before its own 900 ms are over, and can say so for
    /// certain.</value>
    public TimeSpan KeyWait { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>The same for what concerns the whole shard.</summary>
    /// <value>4 s unless set: below the 4.5 s of the protocol's other requests.</value>
    public TimeSpan ShardWait { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long one call of another node may take before it counts as failed.</summary>
    /// <value>1 s unless set.</value>
    public TimeSpan CallWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before a call that has failed is made again.</summary>
    /// <value>100 ms unless set.</value>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a copy goes on without a proof that it still writes its log before it looks.</summary>
    /// <value>5 s unless set: one question to the store, and only where nobody writes.</value>
    public TimeSpan QuietLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a source that is sealed for a move holds writes before it serves again, and the move is sealed anew later.
    /// </summary>
    /// <value>500 ms unless set: the design's figure. A move's pause is a handful of log writes.</value>
    public TimeSpan MovePauseLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many bytes a second a target receives at most, before the seal.</summary>
    /// <value>32 MiB unless set: what one disk writes beside its other work.</value>
    public long MoveBytesPerSecond { get; init; } = 32L << 20;

    /// <summary>How many bytes of the source's log a target reads and keeps at a time: all the memory that it needs.</summary>
    /// <value>128 KiB unless set: short enough for a commit that others wait for.</value>
    public int MoveReadBytes { get; init; } = 128 << 10;

    /// <summary>
    /// The target asks for the seal when a read has found less than so many bytes: it has come to within that of the log's
    /// end. Less than <see cref="MoveReadBytes"/>, or every read would look like the last.
    /// </summary>
    /// <value>32 KiB unless set: what a loaded shard writes while one piece is read and kept.</value>
    public int MoveSealWithinBytes { get; init; } = 32 << 10;

    /// <summary>How long a target waits after a seal that came to nothing before the next; twice as long each time, up to
    /// sixteen times.</summary>
    /// <value>1 s unless set: twice the pause limit, so that clients are served most of the time.</value>
    public TimeSpan MoveSealRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a target goes on without an order of the primary before it asks what has become of the move.</summary>
    /// <value>5 s unless set: the primary repeats its orders five times a second.</value>
    public TimeSpan MoveSilence { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many calls may wait for the log to be opened, and how many for one question; beyond it they are refused.</summary>
    /// <value>16,384 unless set.</value>
    public int WaitingMax { get; init; } = 16_384;
}
