namespace OrleansShards.Core.Wal;

/// <summary>What came of a <see cref="StoreRequest"/>.</summary>
/// <param name="Op">The request's.</param>
public abstract record StoreCompletion(OpId Op)
{
    /// <summary>Of a put.</summary>
    /// <param name="Op">The request's.</param>
    /// <param name="Outcome">What is certain.</param>
    /// <param name="Reason">For people; null where it was stored.</param>
    public sealed record Put(OpId Op, PutOutcome Outcome, string? Reason = null) : StoreCompletion(Op);

    /// <summary>Of a read: consecutive or not, in rising order, from the number asked for on.</summary>
    /// <param name="Op">The request's.</param>
    /// <param name="Records">Empty where there is none from that number on.</param>
    /// <param name="CheckpointIndex">
    /// The newest published checkpoint's, read in the same step or after the records (never before: a record dropped in
    /// between would look like the end of the log). A record at or below it may have been dropped.
    /// </param>
    public sealed record Read(OpId Op, IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) : StoreCompletion(Op);

    /// <summary>Of a probe.</summary>
    /// <param name="Op">The request's.</param>
    /// <param name="Present">Whether the record is there.</param>
    public sealed record Probe(OpId Op, bool Present) : StoreCompletion(Op);

    /// <summary>A drop, a chunk or another write without a verdict is done and durable.</summary>
    /// <param name="Op">The request's.</param>
    public sealed record Done(OpId Op) : StoreCompletion(Op);

    /// <summary>Of a publication.</summary>
    /// <param name="Op">The request's.</param>
    /// <param name="Newest">False where a checkpoint with the same or a higher index was there.</param>
    public sealed record Published(OpId Op, bool Newest) : StoreCompletion(Op);

    /// <summary>Of reading the manifest.</summary>
    /// <param name="Op">The request's.</param>
    /// <param name="Bytes">Null where no checkpoint was ever published.</param>
    public sealed record Manifest(OpId Op, ReadOnlyMemory<byte>? Bytes) : StoreCompletion(Op);

    /// <summary>Of reading a chunk.</summary>
    /// <param name="Op">The request's.</param>
    /// <param name="Bytes">Null where it is not there: a newer checkpoint has replaced its own.</param>
    public sealed record Chunk(OpId Op, ReadOnlyMemory<byte>? Bytes) : StoreCompletion(Op);

    /// <summary>Anything but a put failed: nothing was read, and what was to be written may or may not be there.</summary>
    /// <param name="Op">The request's.</param>
    /// <param name="Reason">For people.</param>
    public sealed record Failed(OpId Op, string Reason) : StoreCompletion(Op);
}

/// <summary>What is certain about a put. Persisted nowhere.</summary>
public enum PutOutcome
{
    /// <summary>The record is durable, and it is this one.</summary>
    Stored = 1,

    /// <summary>Another put has that number (or an earlier try of this one: read it to tell).</summary>
    Occupied = 2,

    /// <summary>It is certain that the record is not there and will not appear: the disk is full, say.</summary>
    NotStored = 3,

    /// <summary>It may be there, or appear later. Settled only by reading it back, or by putting the same bytes again.</summary>
    Unknown = 4,
}

/// <summary>A record as the store keeps it.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Bytes">Its bytes.</param>
public readonly record struct StoredRecord(LogIndex Index, ReadOnlyMemory<byte> Bytes);
