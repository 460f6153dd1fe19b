using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>A state that a log's entries change one after the other, bit-identical on every replica.</summary>
/// <typeparam name="TOutcome">What applying an entry returns to its proposer.</typeparam>
public interface IStateMachine<TOutcome>
{
    /// <summary>
    /// A digest of the state: equal for equal states, whether replayed or restored from a checkpoint. Logged at intervals
    /// (<see cref="LogOptions.DigestRecords"/>) and compared by every replica.
    /// </summary>
    ulong Digest { get; }

    /// <summary>
    /// Applies one entry, of the record with <paramref name="at"/>'s index and term. Depends only on the state, the entry and
    /// its place. The entry's bytes never change: the machine may keep slices of them.
    /// </summary>
    /// <exception cref="CorruptDataException">The entry cannot be read: the replica stops at it.</exception>
    TOutcome Apply(LogCursor at, ReadOnlyMemory<byte> entry);

    /// <summary>
    /// Freezes a view of the state for a checkpoint. Entries that are applied while it is read do not show in it. At most
    /// one view is open at a time.
    /// </summary>
    ICheckpointSource Freeze();

    /// <summary>Resets the state to that before the first entry. Open views end.</summary>
    void Clear();

    /// <summary>Restores the next chunk of a checkpoint, after <see cref="Clear"/>, in order.</summary>
    /// <exception cref="CorruptDataException">The chunk cannot be read.</exception>
    void Restore(ReadOnlySpan<byte> chunk);
}

/// <summary>A frozen view of a state, read chunk by chunk and then disposed of.</summary>
public interface ICheckpointSource : IDisposable
{
    /// <summary>Writes the next chunk: about <paramref name="bytesTarget"/> bytes, a small multiple of them at most.</summary>
    /// <returns>Whether more chunks follow; an empty state is one chunk.</returns>
    bool WriteNext(ByteWriter chunk, int bytesTarget);
}

/// <summary>
/// How far a log has been read and verified: the last verified record's index (<see cref="LogIndex.None"/> before the first),
/// its term, its checksum (which the next one names), and how many entries the log has up to here.
/// </summary>
public readonly record struct LogCursor(LogIndex Index, Term Term, uint Chain, ulong Entries)
{
    /// <summary>Before the first record.</summary>
    public static LogCursor Start => default;
}
