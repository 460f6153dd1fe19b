namespace OrleansShards.Core.Wal;

/// <summary>A replica's intervals and limits. Immutable; the shells build it from their own validated options.</summary>
public sealed record LogOptions
{
    /// <summary>How long a follower waits between two reads unless it is told that the log has grown.</summary>
    /// <value>100 ms unless set: the design's bound on a shadow's lag without notifications.</value>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an idle writer waits before it puts an empty record; null for never.</summary>
    /// <value>Null unless set: a shard's log has no failure detector. A master's is 1 s, a tenth of the detection time.</value>
    public TimeSpan? HeartbeatInterval { get; init; }

    /// <summary>How long a writer serves without a successful put before it steps down by itself.</summary>
    /// <value>7 s unless set: below the 10 s after which a rival takes over, with time for its last answers.</value>
    public TimeSpan SelfStopAfter { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>How long to wait before a request is retried after the store failed. Default: 100 ms.</summary>
    public TimeSpan StoreRetryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many bytes of entries fit into one record; the rest waits for the next. One entry always fits.</summary>
    /// <value>1 MiB unless set.</value>
    public int BatchBytesMax { get; init; } = 1 << 20;

    /// <summary>How many bytes of proposals may wait; more are refused. Default: 256 MiB, four of the gateway's longest lines.</summary>
    public int QueueBytesMax { get; init; } = 256 << 20;

    /// <summary>How many bytes one read of the log requests. Default: 1 MiB.</summary>
    public int ReadBytesMax { get; init; } = 1 << 20;

    /// <summary>
    /// Records since the last checkpoint after which the next is taken, unless they have less than half its bytes: small records of a large
    /// shard would write it over and over.
    /// </summary>
    /// <value>16,384 unless set: with one heartbeat a second, one checkpoint in four and a half hours.</value>
    public int CheckpointRecords { get; init; } = 16_384;

    /// <summary>
    /// Bytes of records since the last checkpoint after which the next is taken. After a small checkpoint it is less: four times that
    /// checkpoint's bytes, but at least a quarter of this value, so that a start or a move's target reads few records that later ones
    /// have overwritten. After a large checkpoint it is that checkpoint's size, so that checkpoints at most double the bytes written.
    /// </summary>
    /// <value>16 MiB unless set.</value>
    public long CheckpointBytes { get; init; } = 16L << 20;

    /// <summary>The approximate size of a checkpoint's chunks. Default: 256 KiB.</summary>
    public int ChunkBytes { get; init; } = 256 << 10;

    /// <summary>How many records apart the state's digest is logged. Default: 64.</summary>
    public int DigestRecords { get; init; } = 64;
}
