using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage;

/// <summary>
/// Where logs live. A store is a dumb thing: it keeps bytes under numbers, and does one thing atomically:
/// <see cref="PutAsync"/>.
/// </summary>
/// <remarks>
/// <para>Thread-safe. A method that returns has made durable what it wrote. Memory that a caller passes in is not kept
/// beyond the returned task's completion; memory that a store returns is the caller's and is never changed.</para>
/// <para>A failure to read is a <see cref="LogStoreException"/>, whose text says what was wrong and what an operator can do.
/// Damage (a torn file, another format version) is never skipped, repaired in silence or taken for an empty log.</para>
/// <para>Continuations may run on the store's own thread: a caller keeps them short.</para>
/// </remarks>
public interface ILogStore : IAsyncDisposable
{
    /// <summary>Puts a record if there is none at that number yet.</summary>
    /// <returns>
    /// What is certain. A failure is not thrown: it is <see cref="PutOutcome.NotStored"/> where it is certain that
    /// nothing was and will be written, else <see cref="PutOutcome.Unknown"/>; the reason is for people.
    /// </returns>
    ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads records from <paramref name="from"/> on in rising order, at least one where there is one, until
    /// <paramref name="bytesMax"/> is reached; and the newest published checkpoint's index, read in the same step or
    /// after the records. Never before them: a record dropped in between would look like the end of the log.
    /// </summary>
    ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default);

    /// <summary>Whether a record is there, as of some moment between the call and its return.</summary>
    ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default);

    /// <summary>Drops every record up to <paramref name="upTo"/> but those in <paramref name="keep"/>. Repeatable.</summary>
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
    /// <returns>False where the same or a higher one was there; then nothing changed.</returns>
    ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default);

    /// <summary>The newest published manifest, or null.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default);

    /// <summary>A chunk, or null where it is not there (any more).</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default);

    /// <summary>The names of all logs that have a record or a checkpoint, in ordinal order.</summary>
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
