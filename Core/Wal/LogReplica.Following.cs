namespace OrleansShards.Core.Wal;

// Loading a checkpoint and tailing the log: the same code for a shadow, a node that starts, and one about to lead.
public sealed partial class LogReplica<TOutcome>
{
    private OpId _loadOp;
    private OpId _tailOp;
    private Instant _askedAt;
    private LogRestart _restart;
    private bool _leadsWhenLoaded;
    private bool _pollAgain;

    private void Load(LogOutput<TOutcome> output)
    {
        Role = LogRole.Loading;
        IsCaughtUp = false;
        _tailOp = default;
        _askedAt = _now;
        _loadOp = Ask(new StoreRequest.ReadManifest(NewOp(), _log), output);
    }

    private void OnLoad(StoreCompletion completion, LogOutput<TOutcome> output)
    {
        _loadOp = default;
        LogIndex before = Applied.Index;
        switch (completion)
        {
            case StoreCompletion.Manifest manifest:
                CheckpointManifest? newest = manifest.Bytes is { } encoded ? CheckpointManifest.Decode(encoded.Span) : null;
                _restart.Verify(newest);
                _follower.Begin(newest);
                ContinueToLoad(before, output);
                break;
            case StoreCompletion.Chunk { Bytes: { } bytes }:
                _follower.TakeChunk(bytes.Span);
                ContinueToLoad(before, output);
                break;
            case StoreCompletion.Chunk:
                // A newer checkpoint has replaced this one while it was read: restart with the newer one.
                _restart = new LogRestart(LogIndex.None, (_follower.Manifest!.Id, _follower.Chunks));
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

    private void ContinueToLoad(LogIndex before, LogOutput<TOutcome> output)
    {
        CheckpointManifest? manifest = _follower.Manifest;
        if (!_follower.IsRestored)
        {
            _loadOp = Ask(new StoreRequest.ReadChunk(NewOp(), _log, manifest!.Id, _follower.Chunks), output);
            return;
        }

        _lastCheckpoint = (Applied.Index, manifest?.Bytes ?? 0);
        _recordBytesSinceCheckpoint = 0;
        if (Applied.Index > before)
            GrownAt = _now;

        _fences.Clear();
        _fences.AddRange(manifest?.Fences ?? []);
        Stall = null;
        Role = _leadsWhenLoaded ? LogRole.Opening : LogRole.Following;
        _leadsWhenLoaded = false;
        Tail(output);
    }

    private void PollWhenDue(LogOutput<TOutcome> output)
    {
        if (_now - _askedAt >= _options.PollInterval)
            Tail(output);
    }

    private void Tail(LogOutput<TOutcome> output)
    {
        if (_tailOp != default || _attempt is not null || Role == LogRole.Loading)
            return;

        _pollAgain = false;
        _askedAt = _now;
        _tailOp = Ask(new StoreRequest.Read(NewOp(), _log, Applied.Index.Next(), _options.ReadBytesMax), output);
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
                // A failed read delays, it never skips: the next tick reads from the same number.
                Stall = failed.Reason;
                break;
            default:
                throw Unexpected(completion);
        }
    }

    private void Follow(StoreCompletion.Read read, LogOutput<TOutcome> output)
    {
        int taken = 0;
        foreach (LogRecord record in LogFollower.Verify(Applied, Opener, read))
        {
            _follower.Take(record);
            Count(record.Kind, read.Records[taken].Bytes.Length);
            taken++;
        }

        if (taken < read.Records.Count || (taken == 0 && read.CheckpointIndex > Applied.Index))
        {
            _restart = new LogRestart(read.CheckpointIndex, null);
            Reload(output);
        }
        else if (taken > 0)
        {
            Tail(output);
        }
        else
        {
            AtEnd(output);
        }
    }

    private void Reload(LogOutput<TOutcome> output)
    {
        _leadsWhenLoaded = Role == LogRole.Opening;
        Load(output);
    }

    private void Note(RecordKind kind, WriterId writer, int bytes, LogCursor after)
    {
        _follower.Pass(kind, writer, after);
        Count(kind, bytes);
    }

    private void Count(RecordKind kind, int bytes)
    {
        if (kind == RecordKind.TermStart)
            _fences.Add(Applied.Index);

        GrownAt = _now;
        AppliedBytes += bytes;
        _recordBytesSinceCheckpoint += bytes;
    }

    private void AtEnd(LogOutput<TOutcome> output)
    {
        EndKnownAt = _askedAt;
        if (!IsCaughtUp)
        {
            IsCaughtUp = true;
            output.Notify(LogNoticeKind.CaughtUp);
        }

        if (Role == LogRole.Opening)
            Open(output);
        else if (_pollAgain)
            Tail(output);
    }

    private static InvalidOperationException Unexpected(StoreCompletion completion) =>
        new($"the store answered {completion.Op} with {completion.GetType().Name}");
}
