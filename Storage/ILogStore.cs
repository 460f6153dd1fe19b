namespace OrleansShards.Storage;

/// <summary>
/// Where logs live. A store is a dumb thing: it keeps bytes under numbers, and does one thing atomically:
/// <see cref="PutAsync"/>.
/// </summary>
/// <remarks>
/// <para>Thread-safe. A method that returns has made durable what it wrote. Memory that a caller passes in is not kept
/// beyond the returned task's completion; memory that a store returns is the caller's and is never changed.</para>
/// <para>A failure to read is a <see cref="LogStoreException"/>, whose text says what was wrong and what an operator
/// can do. Damage (a torn file, another format version) is never skipped, repaired in silence or taken for an empty
/// log.</para>
/// <para>Continuations may run on the store's own thread: a caller keeps them short and never blocks in them on the
/// store.</para>
/// <para>Numbers of records and checkpoints go from 1 to 2^63 − 1, terms from 0 to 2^63 − 1, chunks from 0; a log has a
/// name, of well-formed Unicode without U+0000. Anything else is the caller's mistake: an
/// <see cref="ArgumentException"/>, nothing is done.</para>
/// <para>A token is looked at until the work begins; work that has begun is finished. A put that was cancelled is
/// answered as <see cref="PutOutcome.NotStored"/> or <see cref="PutOutcome.Unknown"/>, any other call with an
/// <see cref="OperationCanceledException"/>.</para>
/// <para>Disposing finishes what was asked before. What is asked later is refused: a put as
/// <see cref="PutOutcome.NotStored"/>, the rest with a <see cref="LogStoreException"/>.</para>
/// </remarks>
public interface ILogStore : IAsyncDisposable
{
    /// <summary>Puts a record if there is none at that number yet.</summary>
    /// <remarks>
    /// Numbers need not be consecutive. The store does not remember what was dropped: a dropped number is free, and a
    /// put there is stored. (Whoever opens a log reads the manifest again after its put, and so notices.) The same
    /// bytes put again are <see cref="PutOutcome.Occupied"/> like any others.
    /// </remarks>
    /// <returns>
    /// What is certain. A failure is not thrown: it is <see cref="PutOutcome.NotStored"/> where it is certain that
    /// nothing was and will be written, else <see cref="PutOutcome.Unknown"/>; the reason is for people.
    /// </returns>
    ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads records from <paramref name="from"/> on in rising order, as many as fit <paramref name="bytesMax"/> but at
    /// least one where there is one; and the newest published checkpoint's index (0 where there is none), read in the
    /// same step or after the records. Never before them: a record dropped in between would look like the end of the
    /// log.
    /// </summary>
    /// <remarks>
    /// The records are those of one moment between the call and its return, and include every record that was
    /// acknowledged before the call. A number that is not there is left out: a gap is seen as a gap.
    /// </remarks>
    ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default);

    /// <summary>
    /// Whether a record is there, as of some moment between the call and its return: a record that was acknowledged
    /// before the call is seen, unless it was dropped.
    /// </summary>
    ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default);

    /// <summary>
    /// Drops every record up to <paramref name="upTo"/> but those in <paramref name="keep"/>. Repeatable; not one step:
    /// a failure, or a reader meanwhile, may find the lowest ones gone and the rest there.
    /// </summary>
    ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default);

    /// <summary>Writes a chunk of a checkpoint that is not published; the same chunk again replaces it.</summary>
    ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a checkpoint the newest if its index is higher than the newest one's, atomically, and deletes the chunks
    /// of all checkpoints with a lower index.
    /// </summary>
    /// <remarks>
    /// Durable with all its chunks that were written before. The deletion may follow the publication in further steps:
    /// what a crash leaves is deleted with the next publication.
    /// </remarks>
    /// <returns>False where the same or a higher one was there; then nothing changed.</returns>
    ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest,
        CancellationToken cancellationToken = default);

    /// <summary>The newest published manifest, or null.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default);

    /// <summary>A chunk, or null where it is not there (any more).</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default);

    /// <summary>The names of all logs that have a record or a published checkpoint, in ordinal order.</summary>
    ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default);
}

/// <summary>A store cannot do what was asked; the text says what was wrong and what was expected.</summary>
public sealed class LogStoreException : Exception
{
    /// <summary>With a text for an operator.</summary>
    public LogStoreException(string text)
        : base(text)
    {
    }

    /// <summary>With a text for an operator, and the cause.</summary>
    public LogStoreException(string text, Exception cause)
        : base(text, cause)
    {
    }
}

/// <summary>
/// Whether the store may go on. After a failure that leaves in doubt what the disk holds nothing more is read or
/// written: a record that could not be seen now might be back after the file is opened anew, and somebody would have
/// been told that it is not there.
/// </summary>
internal sealed class StoreHealth
{
    private string? _broken;

    /// <summary>Why nothing more is done; null while all is well.</summary>
    internal string? Broken => Volatile.Read(ref _broken);

    /// <summary>The first reason stays.</summary>
    internal void Break(string text) => Interlocked.CompareExchange(
        ref _broken, $"The store has stopped and reads and writes nothing more until it is opened anew. {text}", null);
}
