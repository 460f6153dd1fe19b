using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

// Checkpoints, taken by the leader while it serves: (1) freeze a view; (2) put its chunks; (3) publish the manifest;
// (4) drop the records that it covers.
public sealed partial class LogReplica<TOutcome>
{
    private CheckpointInProgress? _checkpoint;
    private (LogIndex Index, long Bytes) _lastCheckpoint;
    private long _recordBytesSinceCheckpoint;
    private LogIndex _triedCheckpoint;
    private Instant _checkpointRetryAt;
    private bool _isCheckpointWanted;
    private bool _mayMoveOn;

    /// <summary>Why the newest try of a checkpoint failed, as the store reports it; null where it did not, or is under way.</summary>
    public string? CheckpointObstacle { get; private set; }

    /// <summary>Bytes that a reader of the whole log has to load: the newest checkpoint's, and the applied records' since.</summary>
    public long BytesToLoad => _lastCheckpoint.Bytes + _recordBytesSinceCheckpoint;

    /// <summary>
    /// Has the leader take a checkpoint at its next flush, if there are records since the last: the state has become much
    /// smaller, or no reader should have to replay the records. One that fails is tried again, once for each call if nothing else is
    /// written.
    /// </summary>
    public void CheckpointSoon() => (_isCheckpointWanted, _mayMoveOn) = (true, true);

    /// <summary>The same, unless one is under way, or there, that has everything up to an index.</summary>
    public void CheckpointSoon(LogIndex upTo)
    {
        bool isUnderWay = _checkpoint is { IsPublished: false } begun && begun.Id.Index >= upTo;
        if (!isUnderWay && _lastCheckpoint.Index < upTo)
            CheckpointSoon();
    }

    // A checkpoint that failed is not tried again under the same index: in a log that nobody writes to, for ever. A record without
    // entries gives it another one.
    private bool MustMoveOn => _isCheckpointWanted && _mayMoveOn && _checkpoint is null && _now >= _checkpointRetryAt
        && Applied.Index == _triedCheckpoint && Applied.Index > _lastCheckpoint.Index;

    private long BytesToCheckpoint => Math.Max(
        _lastCheckpoint.Bytes, Math.Clamp(_lastCheckpoint.Bytes * 4, _options.CheckpointBytes / 4, _options.CheckpointBytes));

    private void BeginCheckpointWhenDue(LogOutput<TOutcome> output)
    {
        ulong records = Applied.Index.Value - _lastCheckpoint.Index.Value;
        bool isDue = (_isCheckpointWanted && records > 0)
            || (records >= (ulong)_options.CheckpointRecords && _recordBytesSinceCheckpoint >= _lastCheckpoint.Bytes / 2)
            || _recordBytesSinceCheckpoint >= BytesToCheckpoint;
        if (!isDue || _checkpoint is not null || _now < _checkpointRetryAt || Applied.Index == _triedCheckpoint)
        {
            // Never the same name twice: a late chunk of the failed try would replace one of this try, and a publication
            // whose answer was lost would be refused again and again.
            return;
        }

        _triedCheckpoint = Applied.Index;
        CheckpointObstacle = null;
        Invariant.Check(Opener == _self, $"{_self} takes a checkpoint in a term of {Opener}");
        _checkpoint = new CheckpointInProgress(
            Applied, _machine.Digest, [.. _fences], _machine.Freeze(), _recordBytesSinceCheckpoint, _isCheckpointWanted);
        _isCheckpointWanted = false;
        PutNextChunk(_checkpoint, output);
    }

    private void PutNextChunk(CheckpointInProgress checkpoint, LogOutput<TOutcome> output)
    {
        ByteWriter chunk = new(_options.ChunkBytes + 1024);
        checkpoint.HasMore = checkpoint.Source.WriteNext(chunk, _options.ChunkBytes);
        int number = checkpoint.Chunks++;
        byte[] bytes = CheckpointManifest.SealChunk(chunk, number);
        checkpoint.Bytes += bytes.Length;
        checkpoint.Op = Ask(new StoreRequest.PutChunk(NewOp(), _log, checkpoint.Id, number, bytes), output);
    }

    private void OnCheckpoint(CheckpointInProgress checkpoint, StoreCompletion completion, LogOutput<TOutcome> output)
    {
        switch (completion)
        {
            case StoreCompletion.Done when checkpoint.IsPublished:
                AbandonCheckpoint();
                break;
            case StoreCompletion.Done when checkpoint.HasMore:
                PutNextChunk(checkpoint, output);
                break;
            case StoreCompletion.Done:
                byte[] manifest = checkpoint.Manifest(_self).Encode();
                checkpoint.Op = Ask(new StoreRequest.Publish(NewOp(), _log, checkpoint.Id, manifest), output);
                break;
            case StoreCompletion.Published { Newest: true }:
                Published(checkpoint, output);
                break;
            case StoreCompletion.Published:
                AbandonCheckpoint();
                break;
            case StoreCompletion.Failed failed:
                Stall = failed.Reason;
                CheckpointObstacle = checkpoint.IsPublished ? null : failed.Reason;
                _isCheckpointWanted |= checkpoint.IsWanted;
                _checkpointRetryAt = _now + _options.StoreRetryInterval;
                AbandonCheckpoint();
                break;
            default:
                throw Unexpected(completion);
        }
    }

    private void Published(CheckpointInProgress checkpoint, LogOutput<TOutcome> output)
    {
        checkpoint.IsPublished = true;
        CheckpointObstacle = null;
        checkpoint.Source.Dispose();
        _lastCheckpoint = (checkpoint.Id.Index, checkpoint.Bytes);
        _recordBytesSinceCheckpoint -= checkpoint.RecordBytes;
        LogIndex upTo = new(checkpoint.Id.Index.Value - 1);
        checkpoint.Op = Ask(new StoreRequest.Drop(NewOp(), _log, upTo, checkpoint.Fences), output);
    }

    private void AbandonCheckpoint()
    {
        if (_checkpoint is { IsPublished: false })
            _checkpoint.Source.Dispose();

        _checkpoint = null;
    }

    // RecordBytes are those of the records that it covers, since the checkpoint before. If it was requested
    // (IsWanted), it is requested again when it fails.
    private sealed record CheckpointInProgress(
        LogCursor Cursor, ulong Digest, IReadOnlyList<LogIndex> Fences, ICheckpointSource Source, long RecordBytes, bool IsWanted)
    {
        internal CheckpointId Id { get; } = new(Cursor.Index, Cursor.Term);

        internal OpId Op { get; set; }

        internal int Chunks { get; set; }

        internal long Bytes { get; set; }

        internal bool HasMore { get; set; }

        internal bool IsPublished { get; set; }

        internal CheckpointManifest Manifest(WriterId opener) => new(Id, Cursor, opener, Chunks, Bytes, Digest, Fences);
    }
}
