namespace OrleansShards.Storage.GroupCommit;

/// <summary>
/// The writing half of <see cref="ILogStore"/>, for stores that commit in groups. What checkpoints write and drop is large, and no
/// client waits for it: it may have a thread of its own.
/// </summary>
internal sealed class LogWriter(CommitThread puts, CommitThread bulk)
{
    internal ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        LogStoreArgument.CheckRecord(log, index);
        return puts.Queue(new PutWrite(log, index, record, cancellationToken), record.Length);
    }

    internal async ValueTask DropAsync(LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken)
    {
        LogStoreArgument.CheckDrop(log, keep);
        await bulk.Queue(new DropWrite(log, upTo, keep, cancellationToken), 0);
    }

    internal async ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        await bulk.Queue(new PutChunkWrite(log, checkpoint, number, chunk, cancellationToken), chunk.Length);
    }

    internal async ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint);
        if (!await puts.Queue(new PublishWrite(log, checkpoint, manifest, cancellationToken), manifest.Length))
            return false;

        try
        {
            await bulk.Queue(new DropChunksWrite(log, checkpoint.Index), 0);
        }
        catch (LogStoreException)
        {
            // The checkpoint is published; what is left is deleted with the next publication.
        }

        return true;
    }

    /// <summary>Completes when every earlier write has been answered. Repeatable.</summary>
    internal async Task CloseAsync()
    {
        // In this order: after a publication the older chunks are deleted.
        await puts.CloseAsync();
        await bulk.CloseAsync();
    }
}
