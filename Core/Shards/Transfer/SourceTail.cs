using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Reads the source's log from the store for the target of a move: the newest checkpoint chunk by chunk, then the records,
/// one piece at a time, no faster than allowed. The source itself has nothing to do with it.
/// </summary>
/// <remarks>
/// Everything is verified before it is handed on: what stands in the target's log is known to be readable. What was
/// dropped while it was read is no loss: the reader starts over from the newer checkpoint, as every reader of a log does.
/// </remarks>
internal sealed class SourceTail(ShardTurn turn, TargetContext context)
{
    // How much time without a read may be made up for: a node may be ticked as seldom as ten times a second.
    private static readonly TimeSpan Credit = TimeSpan.FromMilliseconds(100);

    // A store that says nothing for so long has lost the question.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private OpId _op;
    private Action<StoreCompletion>? _then;
    private Instant _dueAt;
    private Instant _paidUntil;
    private bool _isHurried;
    private Instant _askedAt;

    /// <summary>Whether the last read found less than what is worth another round before the seal.</summary>
    internal bool IsNearEnd { get; private set; }

    /// <summary>A new leadership: what was asked is not waited for.</summary>
    internal void Forget()
    {
        (_op, _then, IsNearEnd, _isHurried) = (default, null, false, false);
        _dueAt = turn.Now;
    }

    /// <summary>The source is sealed: what comes is the last, and is read at once, whatever was read before.</summary>
    internal void Hurry()
    {
        _isHurried = true;
        _dueAt = turn.Now;
    }

    /// <summary>The source serves again: there is time.</summary>
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

    /// <summary>Gives up what is not answered.</summary>
    internal void Expire()
    {
        if (_then is not null && turn.Now - _askedAt >= AnswerLimit)
            OnCompletion(new StoreCompletion.Failed(_op, "the store has not answered"));
    }

    /// <summary>Reads the newest checkpoint's manifest, and has the log say that a move begins from there.</summary>
    internal void ReadManifest(MoveId move, Term term, GroupId source)
    {
        IsNearEnd = false;
        Ask(new StoreRequest.ReadManifest(turn.Replica.NewOp(), LogOf(source)), completion =>
        {
            if (completion is StoreCompletion.Manifest { Bytes: var bytes }
                && IsGood(() => _ = bytes is { } manifest ? CheckpointManifest.Decode(manifest.Span) : null))
            {
                context.Propose(new TransferEntry.Begin(move, term, source, bytes));
            }
            else
            {
                OnFailed(completion);
            }
        });
    }

    /// <summary>Reads the next piece, where it is time, and has it logged.</summary>
    /// <param name="staged">What there is so far.</param>
    /// <param name="restart">What is to be read next was dropped: a newer checkpoint has it.</param>
    internal void Read(Staging staged, Action restart)
    {
        if (_then is null && turn.Now < _dueAt)
            return;

        if (_then is not null)
            context.Begin();
        else if (staged.Cursor is { } cursor)
            ReadRecords(staged, cursor, restart);
        else
            ReadChunk(staged, restart);
    }

    private void ReadChunk(Staging staged, Action restart)
    {
        int number = staged.Chunks;
        Ask(new StoreRequest.ReadChunk(turn.Replica.NewOp(), LogOf(staged.Source), staged.Manifest!.Id, number), completion =>
        {
            switch (completion)
            {
                case StoreCompletion.Chunk { Bytes: { } bytes }
                    when IsGood(() => CheckpointManifest.OpenChunk(bytes.Span, number)):
                    Pace(bytes.Length);
                    context.Propose(new TransferEntry.Chunk(staged.Move, number, bytes));
                    break;
                case StoreCompletion.Chunk { Bytes: null }:
                    restart();
                    break;
                default:
                    OnFailed(completion);
                    break;
            }
        });
    }

    private void ReadRecords(Staging staged, LogCursor cursor, Action restart)
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
                HandOn(staged, [.. read.Records.Take(count)]);
            }
            else if (read.Records.Count > 0 || read.CheckpointIndex > cursor.Index)
            {
                restart();
            }
            else
            {
                // Where the source is sealed already, this read was begun before that: its last record is there by now.
                IsNearEnd = true;
                _dueAt = turn.Now + (_isHurried ? TimeSpan.Zero : turn.Config.Log.PollInterval);
                context.End();
            }
        });
    }

    private void HandOn(Staging staged, List<StoredRecord> records)
    {
        long bytes = records.Sum(static stored => (long)stored.Bytes.Length);
        IsNearEnd = bytes <= turn.Config.MoveSealWithinBytes;
        if (!IsNearEnd)
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
        context.End();
    }

    private void Ask(StoreRequest request, Action<StoreCompletion> then)
    {
        context.Begin();
        (_op, _then, _askedAt) = (request.Op, then, turn.Now);
        turn.Output.Effects.Add(new Effect.Store(request));
    }

    private LogName LogOf(GroupId source) => LogName.Shard(source, turn.Config.Shard);
}
