namespace OrleansShards.Storage;

/// <summary>Where logs live. A store keeps bytes under numbers and has one atomic operation on records: <see cref="PutAsync"/>.</summary>
/// <remarks>
/// <para>Thread-safe. When a method returns, what it wrote is durable. The store does not keep a caller's memory after the
/// returned task has completed; memory that a store returns belongs to the caller and is never changed.</para>
/// <para>A failure to read is a <see cref="LogStoreException"/>, whose text says what was wrong and what an operator can do. Damage (a
/// torn file, another format version) is never skipped, silently repaired or taken for an empty log.</para>
/// <para>Continuations may run on the store's own thread: a caller keeps them short and never blocks in them on the store.</para>
/// <para>Numbers of records and checkpoints go from 1 to 2^63 − 1, terms from 0 to 2^63 − 1, chunks from 0; a log has a
/// name, of well-formed Unicode without U+0000. Anything else is the caller's mistake: the store throws an
/// <see cref="ArgumentException"/> and does nothing.</para>
/// <para>A cancellation token is checked until the work begins; work that has begun is finished. A cancelled put is
/// answered with <see cref="PutOutcome.NotStored"/> or <see cref="PutOutcome.Unknown"/>, any other call with an
/// <see cref="OperationCanceledException"/>.</para>
/// <para>Disposing finishes earlier calls. Later ones are refused: a put with <see cref="PutOutcome.NotStored"/>, the rest
/// with a <see cref="LogStoreException"/>.</para>
/// </remarks>
public interface ILogStore : IAsyncDisposable
{
    /// <summary>
    /// Why this store does nothing more until it is opened again; null while it works or tries again. Set before the call that has met it
    /// is answered. It may be opened again at once: that makes certain what the failure has left in doubt.
    /// </summary>
    /// <value>Null unless a store says otherwise.</value>
    string? MustBeReopened => null;

    /// <summary>Puts a record if there is none at that number yet.</summary>
    /// <remarks>
    /// Numbers need not be consecutive. The store does not remember what was dropped: a dropped number is free, and a
    /// put there is stored. (A replica that opens a log reads the manifest again after its put, and so notices.) Putting
    /// the same bytes again is <see cref="PutOutcome.Occupied"/> as well.
    /// </remarks>
    /// <returns>
    /// The outcome, as far as it is certain. A failure is not thrown: it is <see cref="PutOutcome.NotStored"/> if it is
    /// certain that nothing was and will be written, else <see cref="PutOutcome.Unknown"/>; the reason is for an operator.
    /// </returns>
    ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads records from <paramref name="from"/> on in rising order, as many as fit <paramref name="bytesMax"/> but at
    /// least one if there is one; and the newest published checkpoint's index (0 if there is none), read in the same step
    /// or after the records. Never before them: a record dropped in between would look like the end of the log.
    /// </summary>
    /// <remarks>
    /// The records are a snapshot taken between the call and its return, and include every record that was acknowledged
    /// before the call. A missing number is left out: a gap is visible as a gap.
    /// </remarks>
    ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default);

    /// <summary>Whether a record exists at some moment during the call: one acknowledged before is seen, unless it was dropped.</summary>
    ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default);

    /// <summary>
    /// Drops every record up to <paramref name="upTo"/> but those in <paramref name="keep"/>. Repeatable, not atomic: after
    /// a failure, or to a concurrent reader, the lowest ones may be gone and the rest still there.
    /// </summary>
    ValueTask DropAsync(LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default);

    /// <summary>Writes a chunk of an unpublished checkpoint; writing the same chunk again replaces it.</summary>
    ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken = default);

    /// <summary>Atomically makes a checkpoint the newest if its index is higher, and deletes the chunks of those with lower ones.</summary>
    /// <remarks>
    /// Durable with all its chunks that were written before. The deletion may follow the publication in further steps;
    /// what a crash leaves is deleted with the next publication.
    /// </remarks>
    /// <returns>False if the same or a higher one was published already; then nothing changed.</returns>
    ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default);

    /// <summary>The newest published manifest, or null.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default);

    /// <summary>A chunk, or null if it does not exist or was deleted.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default);

    /// <summary>The names of all logs that have a record or a published checkpoint, in ordinal order.</summary>
    ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default);
}

/// <summary>A store cannot do what was asked; the text says what was wrong and what was expected.</summary>
public sealed class LogStoreException(string text, Exception? cause = null) : Exception(text, cause);

/// <summary>A failure that no store has foreseen, in a text that may reach whoever has called a key.</summary>
internal static class Defect
{
    /// <summary>What has failed, why, and where: enough to find it, without the stack, which is for nobody but us.</summary>
    internal static string InOneLine(Exception exception)
    {
        var where = exception.TargetSite is { } method ? $" (in {method.DeclaringType?.Name}.{method.Name})" : "";
        return $"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}{where}";
    }
}
