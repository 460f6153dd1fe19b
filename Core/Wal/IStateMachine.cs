using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>What a log decides: a state that its entries change, one after the other, the same on every replica to the bit.</summary>
/// <typeparam name="TOutcome">What applying one entry tells whoever proposed it.</typeparam>
public interface IStateMachine<TOutcome>
{
    /// <summary>
    /// A digest of the state: equal for equal states, however they came about (by replay or from a checkpoint). Logged
    /// every so many records and compared by every replica.
    /// </summary>
    ulong Digest { get; }

    /// <summary>Applies one entry. Depends on the state, the entry and its place only.</summary>
    /// <param name="at">The place: the record's index and term, and the entries that stand before it.</param>
    /// <param name="entry">The entry's bytes; the machine may keep slices of them, they never change.</param>
    /// <exception cref="CorruptDataException">The entry cannot be read: the replica stops at it.</exception>
    TOutcome Apply(LogCursor at, ReadOnlyMemory<byte> entry);

    /// <summary>
    /// Freezes a view of the state for a checkpoint. Entries are applied while it is read, without showing in it.
    /// At most one view is open at a time.
    /// </summary>
    ICheckpointSource Freeze();

    /// <summary>Forgets everything: the state before the first entry. Open views end.</summary>
    void Clear();

    /// <summary>Takes in the next chunk of a checkpoint, after <see cref="Clear"/>, in the chunks' order.</summary>
    /// <exception cref="CorruptDataException">The chunk cannot be read.</exception>
    void Restore(ReadOnlySpan<byte> chunk);
}

/// <summary>A frozen view of a state, handed out chunk by chunk. Disposed of when it is not needed any more.</summary>
public interface ICheckpointSource : IDisposable
{
    /// <summary>Writes the next chunk: about <paramref name="bytesTarget"/> bytes, one item more at most.</summary>
    /// <returns>Whether more follows; an empty state still is one chunk.</returns>
    bool WriteNext(ByteWriter chunk, int bytesTarget);
}

/// <summary>How far a log has been read and verified: all that the next record is checked against.</summary>
/// <param name="Index">The last verified record; <see cref="LogIndex.None"/> before the first.</param>
/// <param name="Term">That record's term.</param>
/// <param name="Chain">That record's checksum, which the next one names.</param>
/// <param name="Entries">How many entries stand in the log up to here, empty records counting none.</param>
public readonly record struct LogCursor(LogIndex Index, Term Term, uint Chain, ulong Entries)
{
    /// <summary>Before the first record.</summary>
    public static LogCursor Start => default;
}
