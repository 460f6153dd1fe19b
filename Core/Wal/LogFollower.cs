using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>
/// A state that follows a log: restores a checkpoint's chunks, then applies records, each verified to be the next one, and
/// compares the digests in them with its own. The owner reads the log: a replica of it
/// (<see cref="LogReplica{TOutcome}"/>: a shadow, a node that starts), or the target of a move, which first puts what it
/// reads into its own log.
/// </summary>
internal sealed class LogFollower<TOutcome>(IStateMachine<TOutcome> machine)
{
    /// <summary>The checkpoint that it began with; null if it began with the log's first record.</summary>
    internal CheckpointManifest? Manifest { get; private set; }

    internal int Chunks { get; private set; }

    /// <summary>Whether the whole checkpoint is restored. Until then the state is incomplete.</summary>
    internal bool IsRestored => Manifest is null || Chunks >= Manifest.Chunks;

    /// <summary>How far the log is applied; of the previous state until <see cref="IsRestored"/>.</summary>
    internal LogCursor Cursor { get; private set; }

    /// <summary>Who opened the cursor's term.</summary>
    internal WriterId? Opener { get; private set; }

    /// <summary>Clears the state and begins with a checkpoint, or with the log's first record.</summary>
    internal void Begin(CheckpointManifest? manifest)
    {
        machine.Clear();
        (Manifest, Chunks) = (manifest, 0);
        if (manifest is null)
            (Cursor, Opener) = (LogCursor.Start, null);
        else
            EndWhenRestored(manifest);
    }

    /// <summary>Continues at the position of another follower, whose state the machine has.</summary>
    internal void Resume(CheckpointManifest? manifest, int chunks, LogCursor cursor, WriterId? opener) =>
        (Manifest, Chunks, Cursor, Opener) = (manifest, chunks, cursor, opener);

    /// <summary>Restores the checkpoint's next chunk, as stored.</summary>
    /// <exception cref="CorruptDataException">It is damaged, or the restored state's digest differs from the manifest's.</exception>
    internal void TakeChunk(ReadOnlySpan<byte> chunk)
    {
        machine.Restore(CheckpointManifest.OpenChunk(chunk, Chunks));
        Chunks++;
        EndWhenRestored(Manifest!);
    }

    /// <summary>Applies the log's next record, as stored.</summary>
    /// <exception cref="CorruptDataException">It is not the next record, or the state differs from the log's.</exception>
    internal void Take(StoredRecord stored) => Take(RecordCodec.Decode(Cursor, Opener, stored));

    /// <summary>Applies the log's next record, already verified (<see cref="LogFollower.Verify"/>).</summary>
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

    /// <summary>Advances past a record of this replica's own, which the writer applies itself.</summary>
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

/// <summary>
/// Why a reader of a log begins again with the newest checkpoint. Checkpoints only become newer, and are published before the chunks of
/// the one before are deleted: a reader that does not find what it begins again for would begin again for ever.
/// </summary>
/// <param name="Newest">The checkpoint that a read told of when it found no record to go on with; none if a chunk was missing.</param>
/// <param name="Missing">The chunk that was not there; null if none was.</param>
internal readonly record struct LogRestart(LogIndex Newest, (CheckpointId Checkpoint, int Number)? Missing)
{
    /// <summary>Requires that the manifest which is there now is what the reader begins again for.</summary>
    /// <exception cref="CorruptDataException">It is not: the number that was told of is damaged, or a chunk is lost.</exception>
    internal void Verify(CheckpointManifest? manifest)
    {
        LogIndex found = manifest?.Id.Index ?? LogIndex.None;
        if (found < Newest)
        {
            string there = manifest is null ? "no manifest is there" : $"the manifest is that of {found}";
            throw new CorruptDataException($"the newest checkpoint is at {Newest}, and {there}");
        }

        if (Missing is { } missing && missing.Checkpoint == manifest?.Id)
            throw new CorruptDataException($"chunk {missing.Number} of the checkpoint at {found} is missing");
    }
}

/// <summary>The stateless part of following: whether records follow one another.</summary>
internal static class LogFollower
{
    /// <summary>
    /// The records of a read that follow a cursor without a gap, each verified when it is enumerated. If there are fewer
    /// than were read, or none were read while a checkpoint is ahead, the reader must restart from the newest checkpoint.
    /// </summary>
    /// <exception cref="CorruptDataException">A record does not follow, or one is missing that no checkpoint covers.</exception>
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
                // It may be a stale writer's, put where a record was dropped (see LogReplica.Confirm): the checkpoint tells.
                yield break;
            }

            opener = record.Kind == RecordKind.TermStart ? record.Writer : opener;
            cursor = record.After;
            yield return record;
        }
    }
}
