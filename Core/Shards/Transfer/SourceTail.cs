using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Reads the source's log from the store for the target of a move: the newest checkpoint chunk by chunk, then the records, one
/// piece at a time, at the configured rate. The source is not involved.
/// </summary>
/// <remarks>
/// Every piece is verified before it is logged, so the target's log has only readable pieces. If the source's log is truncated
/// during the read, the reader restarts from the newer checkpoint, as every reader of a log does (<see cref="LogRestart"/>).
/// </remarks>
internal sealed class SourceTail(ShardTurn turn, TargetContext context)
{
    // How much idle time may be made up for: a node may be ticked only ten times a second.
    private static readonly TimeSpan Credit = TimeSpan.FromMilliseconds(100);

    private OpId _op;
    private Action<StoreCompletion>? _then;
    private Instant _dueAt;
    private Instant _paidUntil;
    private bool _isHurried;
    private bool _wasLittle;

    /// <summary>Whether the last reads found too little to be worth another round before the seal.</summary>
    internal bool IsNearEnd { get; private set; }

    internal void Reset()
    {
        (_op, _then, IsNearEnd, _isHurried, _wasLittle) = (default, null, false, false, false);
        _dueAt = turn.Now;
    }

    /// <summary>The source is sealed: the rest is read at once, regardless of the rate.</summary>
    internal void Hurry()
    {
        _isHurried = true;
        _dueAt = turn.Now;
    }

    /// <summary>The source serves again: the rate applies again.</summary>
    internal void Relax() => _isHurried = false;

    /// <summary>Whether the completion was of a request of this reader.</summary>
    internal bool OnCompletion(StoreCompletion completion)
    {
        if (_then is null || completion.Op != _op)
            return false;

        Action<StoreCompletion> then = _then;
        _then = null;
        then(completion);
        return true;
    }

    /// <summary>Reads the newest checkpoint's manifest, and logs that the target receives from there.</summary>
    internal void ReadManifest(MoveId move, Term term, GroupId source, LogRestart restart)
    {
        (IsNearEnd, _wasLittle) = (false, false);
        Ask(new StoreRequest.ReadManifest(turn.Replica.NewOp(), LogOf(source)), completion =>
        {
            if (completion is StoreCompletion.Manifest { Bytes: var bytes }
                && IsGood(() => restart.Verify(bytes is { } manifest ? CheckpointManifest.Decode(manifest.Span) : null)))
            {
                context.Propose(new TransferEntry.Begin(move, term, source, bytes));
            }
            else
            {
                OnFailed(completion);
            }
        });
    }

    /// <summary>Reads and logs the next piece if it is due. Calls <paramref name="restart"/> where the piece was truncated.</summary>
    internal void Read(Staging staged, Action<LogRestart> restart)
    {
        if (_then is null && turn.Now < _dueAt)
            return;

        if (_then is not null)
            context.IsBusy = true;
        else if (staged.Cursor is { } cursor)
            ReadRecords(staged, cursor, restart);
        else
            ReadChunk(staged, restart);
    }

    private void ReadChunk(Staging staged, Action<LogRestart> restart)
    {
        (CheckpointId checkpoint, int number) = (staged.Manifest!.Id, staged.Chunks);
        Ask(new StoreRequest.ReadChunk(turn.Replica.NewOp(), LogOf(staged.Source), checkpoint, number), completion =>
        {
            switch (completion)
            {
                case StoreCompletion.Chunk { Bytes: { } bytes }
                    when IsGood(() => CheckpointManifest.OpenChunk(bytes.Span, number)):
                    Pace(bytes.Length);
                    context.Propose(new TransferEntry.Chunk(staged.Move, number, bytes));
                    break;
                case StoreCompletion.Chunk { Bytes: null }:
                    restart(new LogRestart(LogIndex.None, (checkpoint, number)));
                    break;
                default:
                    OnFailed(completion);
                    break;
            }
        });
    }

    private void ReadRecords(Staging staged, LogCursor cursor, Action<LogRestart> restart)
    {
        StoreRequest.Read request = new(
            turn.Replica.NewOp(), LogOf(staged.Source), cursor.Index.Next(), turn.Config.MoveReadBytes);
        Ask(request, completion =>
        {
            int count = 0;
            if (completion is not StoreCompletion.Read read
                || !IsGood(() => count = LogFollower.Verify(cursor, staged.Opener, read).Count()))
            {
                OnFailed(completion);
            }
            else if (count > 0)
            {
                Log(staged, [.. read.Records.Take(count)]);
            }
            else if (read.Records.Count > 0 || read.CheckpointIndex > cursor.Index)
            {
                restart(new LogRestart(read.CheckpointIndex, null));
            }
            else
            {
                // If the source is sealed by now, this read was begun before the seal, and the last record is there.
                IsNearEnd = true;
                _dueAt = turn.Now + (_isHurried ? TimeSpan.Zero : turn.Config.Log.PollInterval);
                context.IsBusy = false;
            }
        });
    }

    private void Log(Staging staged, List<StoredRecord> records)
    {
        // A little may be all that came before a record too large for the same read, which the next read then begins with.
        long bytes = records.Sum(static stored => (long)stored.Bytes.Length);
        bool isLittle = bytes <= turn.Config.MoveSealWithinBytes;
        IsNearEnd = isLittle && _wasLittle;
        _wasLittle = isLittle;
        if (!isLittle)
            Pace(bytes);

        context.Propose(new TransferEntry.Records(staged.Move, records));
    }

    private void Pace(long bytes)
    {
        if (_isHurried)
            return;

        TimeSpan spent = turn.Now - _paidUntil;
        _paidUntil += (spent > Credit ? spent - Credit : TimeSpan.Zero)
            + TimeSpan.FromSeconds((double)bytes / turn.Config.MoveBytesPerSecond);
        _dueAt = _paidUntil;
    }

    private bool IsGood(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (CorruptDataException damage)
        {
            context.Obstacle = $"the source's log cannot be read: {damage.Message}";
            return false;
        }
    }

    private void OnFailed(StoreCompletion completion)
    {
        context.Obstacle = (completion as StoreCompletion.Failed)?.Reason ?? context.Obstacle;
        _dueAt = turn.Now + turn.Config.RetryInterval;
        context.IsBusy = false;
    }

    private void Ask(StoreRequest request, Action<StoreCompletion> then)
    {
        context.IsBusy = true;
        (_op, _then) = (request.Op, then);
        turn.Output.Effects.Add(new Effect.Store(request));
    }

    private LogName LogOf(GroupId source) => LogName.Shard(source, turn.Config.Shard);
}
