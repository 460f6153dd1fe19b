namespace OrleansShards.Core.Wal;

/// <summary>
/// One thing asked of the store. A log's records, its checkpoint's chunks and its newest manifest are all that a
/// store keeps; it never looks inside them.
/// </summary>
/// <param name="Op">Comes back with the completion.</param>
/// <param name="Log">The log.</param>
public abstract record StoreRequest(OpId Op, LogName Log)
{
    /// <summary>Put record <paramref name="Index"/> if there is none yet: the one atomic thing that all safety rests on.</summary>
    /// <param name="Op">Comes back with the completion.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Index">The record's number.</param>
    /// <param name="Record">Its bytes; owned by the effect, never changed again.</param>
    public sealed record Put(OpId Op, LogName Log, LogIndex Index, ReadOnlyMemory<byte> Record) : StoreRequest(Op, Log);

    /// <summary>
    /// Read records from <paramref name="From"/> on, in order, as many as fit <paramref name="BytesMax"/> but at
    /// least one if there is one.
    /// </summary>
    /// <param name="Op">Comes back with the completion.</param>
    /// <param name="Log">The log.</param>
    /// <param name="From">The first number wanted.</param>
    /// <param name="BytesMax">When to stop.</param>
    public sealed record Read(OpId Op, LogName Log, LogIndex From, int BytesMax) : StoreRequest(Op, Log);

    /// <summary>Ask whether record <paramref name="Index"/> is there: a linearizable read's check.</summary>
    /// <param name="Op">Comes back with the completion.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Index">The record's number.</param>
    public sealed record Probe(OpId Op, LogName Log, LogIndex Index) : StoreRequest(Op, Log);

    /// <summary>Drop every record up to <paramref name="UpTo"/> but those in <paramref name="Keep"/>. Repeatable.</summary>
    /// <param name="Op">Comes back with the completion.</param>
    /// <param name="Log">The log.</param>
    /// <param name="UpTo">The last number that may go.</param>
    /// <param name="Keep">The term-start records, in rising order: fences are never dropped.</param>
    public sealed record Drop(OpId Op, LogName Log, LogIndex UpTo, IReadOnlyList<LogIndex> Keep) : StoreRequest(Op, Log);

    /// <summary>Write one chunk of a checkpoint that is not published yet. The same chunk may be written again.</summary>
    /// <param name="Op">Comes back with the completion.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Checkpoint">Which checkpoint.</param>
    /// <param name="Number">The chunk's number, from 0.</param>
    /// <param name="Chunk">Its bytes.</param>
    public sealed record PutChunk(OpId Op, LogName Log, CheckpointId Checkpoint, int Number, ReadOnlyMemory<byte> Chunk)
        : StoreRequest(Op, Log);

    /// <summary>
    /// Make a checkpoint the log's newest if its index is higher than the newest one's: one atomic step, durable with
    /// all its chunks. Chunks of other checkpoints with a lower index may be deleted with it.
    /// </summary>
    /// <param name="Op">Comes back with the completion.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Checkpoint">Which checkpoint.</param>
    /// <param name="Manifest">Its encoded manifest.</param>
    public sealed record Publish(OpId Op, LogName Log, CheckpointId Checkpoint, ReadOnlyMemory<byte> Manifest)
        : StoreRequest(Op, Log);

    /// <summary>Read the newest published manifest.</summary>
    /// <param name="Op">Comes back with the completion.</param>
    /// <param name="Log">The log.</param>
    public sealed record ReadManifest(OpId Op, LogName Log) : StoreRequest(Op, Log);

    /// <summary>Read one chunk of a published checkpoint.</summary>
    /// <param name="Op">Comes back with the completion.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Checkpoint">Which checkpoint.</param>
    /// <param name="Number">The chunk's number, from 0.</param>
    public sealed record ReadChunk(OpId Op, LogName Log, CheckpointId Checkpoint, int Number) : StoreRequest(Op, Log);
}

/// <summary>One request of one run of one log's replica. A completion that names another is stale and ignored.</summary>
/// <param name="Run">The run that asked.</param>
/// <param name="Number">Rises with every request of that run.</param>
public readonly record struct OpId(Incarnation Run, ulong Number);

/// <summary>Names a checkpoint. The term tells two writers' checkpoints of the same index apart, so their chunks never mix.</summary>
/// <param name="Index">The last record whose effect is in it.</param>
/// <param name="Term">The term of the writer that took it.</param>
public readonly record struct CheckpointId(LogIndex Index, Term Term);
