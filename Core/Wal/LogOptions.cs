namespace OrleansShards.Core.Wal;

/// <summary>How a replica treats its log. Immutable; the shells build it from their own validated options.</summary>
public sealed record LogOptions
{
    /// <summary>How long a follower waits between two reads when nobody tells it that there is more.</summary>
    /// <value>100 ms unless set: the design's bound on how far a shadow lags behind without being told.</value>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a writer without anything to write waits before it puts an empty record; null for never.</summary>
    /// <value>Null unless set: nobody watches a shard's log. A master's is 1 s, a tenth of the detection time.</value>
    public TimeSpan? HeartbeatInterval { get; init; }

    /// <summary>How long a writer goes on without a put that succeeds before it stops serving by itself.</summary>
    /// <value>
    /// 7 s unless set: below the 10 s after which a rival takes over, with time to spare for its last answers.
    /// </value>
    public TimeSpan SelfStopAfter { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>How long to wait before the store is asked again after it failed.</summary>
    /// <value>100 ms unless set.</value>
    public TimeSpan StoreRetryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many bytes of entries one record takes before the rest waits for the next; one entry always fits.</summary>
    /// <value>1 MiB unless set.</value>
    public int BatchBytesMax { get; init; } = 1 << 20;

    /// <summary>How many bytes of proposals may wait; beyond it they are refused.</summary>
    /// <value>256 MiB unless set: four of the gateway's longest lines.</value>
    public int QueueBytesMax { get; init; } = 256 << 20;

    /// <summary>How many bytes one read of the log asks for.</summary>
    /// <value>1 MiB unless set.</value>
    public int ReadBytesMax { get; init; } = 1 << 20;

    /// <summary>Records since the last checkpoint after which the next is taken.</summary>
    /// <value>16,384 unless set: with one heartbeat a second, one checkpoint in four and a half hours.</value>
    public int CheckpointRecords { get; init; } = 16_384;

    /// <summary>
    /// Bytes of records since the last checkpoint after which the next is taken; never less than the last checkpoint's
    /// own size, so that checkpoints cost at most as much again as the log itself.
    /// </summary>
    /// <value>16 MiB unless set.</value>
    public long CheckpointBytes { get; init; } = 16L << 20;

    /// <summary>About how large a checkpoint's chunks are.</summary>
    /// <value>256 KiB unless set.</value>
    public int ChunkBytes { get; init; } = 256 << 10;

    /// <summary>Every how many records the state's digest is logged.</summary>
    /// <value>64 unless set.</value>
    public int DigestRecords { get; init; } = 64;
}
