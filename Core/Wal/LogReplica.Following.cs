using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

// Loading a checkpoint and tailing the log: the same code for a shadow, for a node that starts, and for one that is
// about to lead.
public sealed partial class LogReplica<TOutcome>
{
    private OpId _loadOp;
    private OpId _tailOp;
    private Instant _askedAt;
    private CheckpointManifest? _loading;
    private int _loadedChunks;
    private CheckpointId? _incomplete;
    private bool _leadsWhenLoaded;
    private bool _pollAgain;

    private void Load(LogOutput<TOutcome> output)
    {
        Role = LogRole.Loading;
        IsCaughtUp = false;
        _loading = null;
        _tailOp = default;
        _askedAt = _now;
        _loadOp = Ask(op => new StoreRequest.ReadManifest(op, _log), output);
    }

    private void RetryLoad(LogOutput<TOutcome> output)
    {
        if (_loadOp == default && _now - _askedAt >= _options.StoreRetryInterval)
        {
            Load(output);
        }
    }

    private void OnLoad(StoreCompletion completion, LogOutput<TOutcome> output)
    {
        _loadOp = default;
        switch (completion)
        {
            case StoreCompletion.Manifest { Bytes: null }:
                Restored(LogCursor.Start, null, [], output);
                break;
            case StoreCompletion.Manifest { Bytes: { } bytes }:
                BeginToRestore(CheckpointManifest.Decode(bytes.Span), output);
                break;
            case StoreCompletion.Chunk { Bytes: { } bytes } when _loading is not null:
                _machine.Restore(CheckpointManifest.OpenChunk(bytes.Span, _loadedChunks));
                _loadedChunks++;
                ReadNextChunk(_loading, output);
                break;
            case StoreCompletion.Chunk:
                // A newer checkpoint has replaced this one while it was read: start over with that.
                _incomplete = _loading?.Id;
                Load(output);
                break;
            case StoreCompletion.Failed failed:
                Stall = failed.Reason;
                _askedAt = _now;
                break;
            default:
                throw Unexpected(completion);
        }
    }

    private void BeginToRestore(CheckpointManifest manifest, LogOutput<TOutcome> output)
    {
        if (manifest.Id == _incomplete)
        {
            // A newer one is published before this one's chunks go: as this one still is the newest, they are lost.
            throw new CorruptDataException($"chunk {_loadedChunks} of the checkpoint at {manifest.Id.Index} is missing");
        }

        _loading = manifest;
        _loadedChunks = 0;
        _machine.Clear();
        ReadNextChunk(manifest, output);
    }

    private void ReadNextChunk(CheckpointManifest manifest, LogOutput<TOutcome> output)
    {
        if (_loadedChunks < manifest.Chunks)
        {
            int number = _loadedChunks;
            _loadOp = Ask(op => new StoreRequest.ReadChunk(op, _log, manifest.Id, number), output);
            return;
        }

        if (_machine.Digest != manifest.Digest)
        {
            throw new CorruptDataException(
                $"the checkpoint at {manifest.Id.Index} restores to digest {_machine.Digest:x16}, its manifest says {manifest.Digest:x16}");
        }

        Restored(manifest.Cursor, manifest.Opener, manifest.Fences, output);
    }

    private void Restored(LogCursor at, WriterId? opener, IReadOnlyList<LogIndex> fences, LogOutput<TOutcome> output)
    {
        if (_loading is null)
        {
            _machine.Clear();
        }

        _lastCheckpoint = (at.Index, _loading?.Bytes ?? 0);
        _recordBytesSinceCheckpoint = 0;
        _loading = null;
        if (at.Index > Applied.Index)
        {
            GrownAt = _now;
        }

        Applied = at;
        Opener = opener;
        _fences.Clear();
        _fences.AddRange(fences);
        Stall = null;
        Role = _leadsWhenLoaded ? LogRole.Opening : LogRole.Following;
        _leadsWhenLoaded = false;
        Tail(output);
    }

    private void PollWhenDue(LogOutput<TOutcome> output)
    {
        if (_now - _askedAt >= _options.PollInterval)
        {
            Tail(output);
        }
    }

    private void Tail(LogOutput<TOutcome> output)
    {
        if (_tailOp != default || _attempt is not null || Role == LogRole.Loading)
        {
            return;
        }

        _pollAgain = false;
        _askedAt = _now;
        LogIndex from = Applied.Index.Next();
        _tailOp = Ask(op => new StoreRequest.Read(op, _log, from, _options.ReadBytesMax), output);
    }

    private void OnTail(StoreCompletion completion, LogOutput<TOutcome> output)
    {
        _tailOp = default;
        switch (completion)
        {
            case StoreCompletion.Read read:
                Stall = null;
                Follow(read, output);
                break;
            case StoreCompletion.Failed failed:
                // A read that fails delays; it never skips. The next tick reads from the same number.
                Stall = failed.Reason;
                break;
            default:
                throw Unexpected(completion);
        }
    }

    private void Follow(StoreCompletion.Read read, LogOutput<TOutcome> output)
    {
        foreach (StoredRecord stored in read.Records)
        {
            if (stored.Index != Applied.Index.Next())
            {
                OnGap(stored.Index, read.CheckpointIndex, output);
                return;
            }

            LogRecord record = RecordCodec.Decode(Applied, Opener, stored);
            if (record.Kind == RecordKind.Opening && read.CheckpointIndex > stored.Index)
            {
                // It may be a latecomer's, put where a record had been dropped (see Confirm): the checkpoint knows.
                Reload(output);
                return;
            }

            Take(record, stored.Bytes.Length);
        }

        if (read.Records.Count > 0)
        {
            Tail(output);
        }
        else if (read.CheckpointIndex > Applied.Index)
        {
            Reload(output);
        }
        else
        {
            AtEnd(output);
        }
    }

    private void OnGap(LogIndex found, LogIndex checkpoint, LogOutput<TOutcome> output)
    {
        if (checkpoint > Applied.Index)
        {
            Reload(output);
            return;
        }

        throw new CorruptDataException(
            $"record {Applied.Index.Next()} is missing, though record {found} is there and no checkpoint covers it");
    }

    private void Reload(LogOutput<TOutcome> output)
    {
        _leadsWhenLoaded = Role == LogRole.Opening;
        Load(output);
    }

    private void Take(LogRecord record, int bytes)
    {
        if (record.Digest is { } digest && digest != _machine.Digest)
        {
            throw new CorruptDataException(
                $"before record {record.After.Index} this replica's state has digest {_machine.Digest:x16}, the log says {digest:x16}");
        }

        Note(record.Kind, record.Writer, bytes, record.After);
        LogCursor at = record.After with { Entries = record.Before.Entries };
        foreach (ReadOnlyMemory<byte> entry in record.Entries)
        {
            _machine.Apply(at, entry);
            at = at with { Entries = at.Entries + 1 };
        }
    }

    private void Note(RecordKind kind, WriterId writer, int bytes, LogCursor after)
    {
        if (kind == RecordKind.Opening)
        {
            Opener = writer;
            _fences.Add(after.Index);
        }

        Applied = after;
        GrownAt = _now;
        AppliedBytes += bytes;
        _recordBytesSinceCheckpoint += bytes;
    }

    private void AtEnd(LogOutput<TOutcome> output)
    {
        if (!IsCaughtUp)
        {
            IsCaughtUp = true;
            output.Tell(LogNoticeKind.CaughtUp);
        }

        if (Role == LogRole.Opening)
        {
            Open(output);
        }
        else if (_pollAgain)
        {
            Tail(output);
        }
    }

    private static InvalidOperationException Unexpected(StoreCompletion completion) =>
        new($"the store answered {completion.Op} with {completion.GetType().Name}");
}
