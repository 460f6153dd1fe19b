namespace OrleansShards.Core.Wal;

/// <summary>
/// One request to the store. A log's records, its checkpoint's chunks and its newest manifest are all that a store
/// keeps; it never looks inside them. Bytes in a request never change again. <c>Op</c> comes back with the completion.
/// </summary>
public abstract record StoreRequest(OpId Op, LogName Log)
{
    /// <summary>Put a record if its number is free: the one atomic operation on which all safety rests.</summary>
    public sealed record Put(OpId Op, LogName Log, LogIndex Index, ReadOnlyMemory<byte> Record) : StoreRequest(Op, Log);

    /// <summary>Read records from a number on, in order, up to so many bytes, but at least one if there is one.</summary>
    public sealed record Read(OpId Op, LogName Log, LogIndex From, int BytesMax) : StoreRequest(Op, Log);

    /// <summary>Ask whether a record is there: the check of a linearizable read.</summary>
    public sealed record Probe(OpId Op, LogName Log, LogIndex Index) : StoreRequest(Op, Log);

    /// <summary>
    /// Drop every record up to and including <c>UpTo</c>, except the term-start records <c>Keep</c> (in rising order):
    /// fences are never dropped. Repeatable.
    /// </summary>
    public sealed record Drop(OpId Op, LogName Log, LogIndex UpTo, IReadOnlyList<LogIndex> Keep) : StoreRequest(Op, Log);

    /// <summary>Write a chunk, numbered from 0, of a checkpoint that is not published yet. Repeatable.</summary>
    public sealed record PutChunk(OpId Op, LogName Log, CheckpointId Checkpoint, int Number, ReadOnlyMemory<byte> Chunk)
        : StoreRequest(Op, Log);

    /// <summary>
    /// Make a checkpoint the log's newest if its index is higher than that of the newest: one atomic step, durable with
    /// all its chunks. Chunks of other checkpoints with a lower index may be deleted with it.
    /// </summary>
    public sealed record Publish(OpId Op, LogName Log, CheckpointId Checkpoint, ReadOnlyMemory<byte> Manifest) : StoreRequest(Op, Log);

    /// <summary>Read the newest published manifest.</summary>
    public sealed record ReadManifest(OpId Op, LogName Log) : StoreRequest(Op, Log);

    /// <summary>Read a chunk, numbered from 0, of a published checkpoint.</summary>
    public sealed record ReadChunk(OpId Op, LogName Log, CheckpointId Checkpoint, int Number) : StoreRequest(Op, Log);
}

/// <summary>The outcome of a <see cref="StoreRequest"/> with the same <c>Op</c>. A reason is for the operator.</summary>
public abstract record StoreCompletion(OpId Op)
{
    /// <summary>Of a put. The reason is null if the record was stored.</summary>
    public sealed record Put(OpId Op, PutOutcome Outcome, string? Reason = null) : StoreCompletion(Op);

    /// <summary>
    /// Of a read: records in rising order, consecutive or not; empty if there is none from the requested number on. The
    /// index of the newest published checkpoint is read in the same step or after the records, never before: a record
    /// dropped in between would look like the end of the log. A record at or below that index may have been dropped.
    /// </summary>
    public sealed record Read(OpId Op, IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) : StoreCompletion(Op);

    /// <summary>Of a probe: whether the record is there.</summary>
    public sealed record Probe(OpId Op, bool Present) : StoreCompletion(Op);

    /// <summary>A drop, a chunk or another write without a verdict is durable.</summary>
    public sealed record Done(OpId Op) : StoreCompletion(Op);

    /// <summary>Of a publication; false if there was a checkpoint with the same or a higher index.</summary>
    public sealed record Published(OpId Op, bool Newest) : StoreCompletion(Op);

    /// <summary>Of reading the manifest; null if no checkpoint was ever published.</summary>
    public sealed record Manifest(OpId Op, ReadOnlyMemory<byte>? Bytes) : StoreCompletion(Op);

    /// <summary>Of reading a chunk; null if a newer checkpoint has replaced its checkpoint.</summary>
    public sealed record Chunk(OpId Op, ReadOnlyMemory<byte>? Bytes) : StoreCompletion(Op);

    /// <summary>A request other than a put failed: nothing was read, and a write may or may not have taken effect.</summary>
    public sealed record Failed(OpId Op, string Reason) : StoreCompletion(Op);
}

/// <summary>What is certain about a put. Persisted nowhere.</summary>
public enum PutOutcome
{
    /// <summary>The record is durable, and it is this one.</summary>
    Stored = 1,

    /// <summary>Another put has that number, or an earlier try of this one: reading it tells.</summary>
    Occupied = 2,

    /// <summary>The record is not there and will not appear: the disk is full, for example.</summary>
    NotStored = 3,

    /// <summary>It may be there, or appear later. Only reading it back or putting the same bytes again settles it.</summary>
    Unknown = 4,
}

/// <summary>A record as the store keeps it.</summary>
public readonly record struct StoredRecord(LogIndex Index, ReadOnlyMemory<byte> Bytes);

/// <summary>One request of one run of one log's replica; the number rises. A completion of another run is stale and ignored.</summary>
public readonly record struct OpId(Incarnation Run, ulong Number)
{
    /// <inheritdoc />
    public override string ToString() => $"request {Number} of run {Run}";
}

/// <summary>
/// Names a checkpoint by the last record that it covers and the term of the writer that took it. The term tells two
/// writers' checkpoints of the same index apart, so their chunks never mix.
/// </summary>
public readonly record struct CheckpointId(LogIndex Index, Term Term);
