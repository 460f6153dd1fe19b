using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>
/// A state that follows a log: takes in a checkpoint's chunks, then records, each verified to be the one that comes next,
/// and compares the digests that it finds on the way. Who reads the log, and when, is its owner's: a replica of the log
/// (<see cref="LogReplica{TOutcome}"/>: a shadow, a node that starts), or the target of a move, which has what it reads in
/// its own log first.
/// </summary>
/// <typeparam name="TOutcome">What applying one entry tells whoever proposed it.</typeparam>
internal sealed class LogFollower<TOutcome>(IStateMachine<TOutcome> machine)
{
    /// <summary>The checkpoint that it began with; null where it began with the log's first record.</summary>
    internal CheckpointManifest? Manifest { get; private set; }

    /// <summary>How many of the checkpoint's chunks are taken in.</summary>
    internal int Chunks { get; private set; }

    /// <summary>Whether the checkpoint is taken in whole: before that, there is no state to speak of.</summary>
    internal bool IsRestored => Manifest is null || Chunks >= Manifest.Chunks;

    /// <summary>How far the log is taken in. Of an earlier state until <see cref="IsRestored"/>.</summary>
    internal LogCursor Cursor { get; private set; }

    /// <summary>Who opened the cursor's term.</summary>
    internal WriterId? Opener { get; private set; }

    /// <summary>Forgets the state, and begins with a checkpoint, or with the log's first record.</summary>
    /// <exception cref="CorruptDataException">As for <see cref="TakeChunk"/>.</exception>
    internal void Begin(CheckpointManifest? manifest)
    {
        machine.Clear();
        (Manifest, Chunks) = (manifest, 0);
        if (manifest is null)
            (Cursor, Opener) = (LogCursor.Start, null);
        else
            EndWhenRestored(manifest);
    }

    /// <summary>Goes on where another follower stood, whose state the machine has.</summary>
    internal void Resume(CheckpointManifest? manifest, int chunks, LogCursor cursor, WriterId? opener) =>
        (Manifest, Chunks, Cursor, Opener) = (manifest, chunks, cursor, opener);

    /// <summary>Takes in the checkpoint's next chunk, as the store has it.</summary>
    /// <exception cref="CorruptDataException">It is damaged, or the state restored has not the manifest's digest.</exception>
    internal void TakeChunk(ReadOnlySpan<byte> chunk)
    {
        machine.Restore(CheckpointManifest.OpenChunk(chunk, Chunks));
        Chunks++;
        EndWhenRestored(Manifest!);
    }

    /// <summary>Takes in the log's next record, as the store has it.</summary>
    /// <exception cref="CorruptDataException">It is not the one that comes next, or the state differs from the log's.</exception>
    internal void Take(StoredRecord stored) => Take(RecordCodec.Decode(Cursor, Opener, stored));

    /// <summary>Takes in the log's next record, verified (<see cref="LogFollower.Verify"/>).</summary>
    /// <exception cref="CorruptDataException">The state differs from the log's, or an entry cannot be read.</exception>
    internal void Take(LogRecord record)
    {
        if (record.Digest is { } digest && digest != machine.Digest)
        {
            throw new CorruptDataException(
                $"before record {record.After.Index} this replica's state has digest {machine.Digest:x16}, the log says {digest:x16}");
        }

        Pass(record.Kind, record.Writer, record.After);
        LogCursor at = record.After with { Entries = record.Before.Entries };
        foreach (ReadOnlyMemory<byte> entry in record.Entries)
        {
            machine.Apply(at, entry);
            at = at with { Entries = at.Entries + 1 };
        }
    }

    /// <summary>Goes on behind a record that is this replica's own: who has put it applies it.</summary>
    internal void Pass(RecordKind kind, WriterId writer, LogCursor after)
    {
        Opener = kind == RecordKind.TermStart ? writer : Opener;
        Cursor = after;
    }

    private void EndWhenRestored(CheckpointManifest manifest)
    {
        if (!IsRestored)
            return;

        if (machine.Digest != manifest.Digest)
        {
            throw new CorruptDataException(
                $"the checkpoint at {manifest.Id.Index} restores to digest {machine.Digest:x16}, its manifest says {manifest.Digest:x16}");
        }

        Cursor = manifest.Cursor;
        Opener = manifest.Opener;
    }
}

/// <summary>The part of following that needs no state: whether records follow one another.</summary>
internal static class LogFollower
{
    /// <summary>
    /// The records of a read that follow a cursor without a gap, each verified when it is asked for. Where there are fewer
    /// than were read, or none were while a checkpoint is ahead, the reader has to start over from the newest checkpoint.
    /// </summary>
    /// <exception cref="CorruptDataException">
    /// A record does not follow, or one is missing that no checkpoint covers.
    /// </exception>
    internal static IEnumerable<LogRecord> Verify(LogCursor cursor, WriterId? opener, StoreCompletion.Read read)
    {
        foreach (StoredRecord stored in read.Records)
        {
            if (stored.Index != cursor.Index.Next())
            {
                if (read.CheckpointIndex > cursor.Index)
                    yield break;

                throw new CorruptDataException(
                    $"record {cursor.Index.Next()} is missing, though record {stored.Index} is there and no checkpoint covers it");
            }

            LogRecord record = RecordCodec.Decode(cursor, opener, stored);
            if (record.Kind == RecordKind.TermStart && read.CheckpointIndex > stored.Index)
            {
                // It may be a stale writer's, put where a record had been dropped (see LogReplica.Confirm): the checkpoint knows.
                yield break;
            }

            opener = record.Kind == RecordKind.TermStart ? record.Writer : opener;
            cursor = record.After;
            yield return record;
        }
    }
}
