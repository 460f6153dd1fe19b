using OrleansShards.Core.Bytes;
using OrleansShards.Core.Nodes;
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
internal sealed class SourceTail(ShardTurn turn)
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

    /// <summary>What stands in the way, for people; null while it gets on.</summary>
    internal string? Obstacle { get; set; }

    /// <summary>Whether the last read found less than what is worth another round before the seal.</summary>
    internal bool IsNearEnd { get; private set; }

    /// <summary>A new leadership: what was asked is not waited for.</summary>
    internal void Forget()
    {
        (_op, _then, IsNearEnd, _isHurried, Obstacle) = (default, null, false, false, null);
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
    internal bool Completed(StoreCompletion completion)
    {
        if (_then is null || completion.Op != _op)
        {
            return false;
        }

        Action<StoreCompletion> then = _then;
        _then = null;
        then(completion);
        return true;
    }

    /// <summary>Gives up what is not answered.</summary>
    internal void Expire()
    {
        if (_then is not null && turn.Now - _askedAt >= AnswerLimit)
        {
            Completed(new StoreCompletion.Failed(_op, "the store has not answered"));
        }
    }

    /// <summary>Reads the newest checkpoint's manifest.</summary>
    /// <param name="source">Whose log.</param>
    /// <param name="found">With the manifest; null where the log has no checkpoint.</param>
    /// <param name="failed">It could not be read.</param>
    internal void ReadManifest(GroupId source, Action<ReadOnlyMemory<byte>?> found, Action failed)
    {
        IsNearEnd = false;
        Ask(new StoreRequest.ReadManifest(turn.Replica.NewOp(), LogOf(source)), completion =>
        {
            if (completion is not StoreCompletion.Manifest manifest)
            {
                Failed(completion, failed);
            }
            else if (manifest.Bytes is { } bytes && !IsGood(() => CheckpointManifest.Decode(bytes.Span)))
            {
                failed();
            }
            else
            {
                found(manifest.Bytes);
            }
        });
    }

    /// <summary>Reads the next piece, where it is time.</summary>
    /// <param name="staged">What there is so far.</param>
    /// <param name="found">With the piece, as the entry to be logged.</param>
    /// <param name="restart">What is to be read next was dropped: a newer checkpoint has it.</param>
    /// <param name="failed">Nothing new was found, or it could not be read.</param>
    /// <returns>Whether something is under way now.</returns>
    internal bool Read(Staging staged, Action<TransferEntry.OfMove> found, Action restart, Action failed)
    {
        if (_then is not null || turn.Now < _dueAt)
        {
            return _then is not null;
        }

        if (staged.Cursor is { } cursor)
        {
            ReadRecords(staged, cursor, found, restart, failed);
        }
        else
        {
            ReadChunk(staged, found, restart, failed);
        }

        return true;
    }

    private void ReadChunk(Staging staged, Action<TransferEntry.OfMove> found, Action restart, Action failed)
    {
        int number = staged.Chunks;
        StoreRequest.ReadChunk request = new(turn.Replica.NewOp(), LogOf(staged.Source), staged.Manifest!.Id, number);
        Ask(request, completion =>
        {
            switch (completion)
            {
                case StoreCompletion.Chunk { Bytes: { } bytes }
                    when IsGood(() => CheckpointManifest.OpenChunk(bytes.Span, number)):
                    Pace(bytes.Length);
                    found(new TransferEntry.Chunk(staged.Move, number, bytes));
                    break;
                case StoreCompletion.Chunk { Bytes: null }:
                    restart();
                    break;
                default:
                    Failed(completion, failed);
                    break;
            }
        });
    }

    private void ReadRecords(Staging staged, LogCursor cursor, Action<TransferEntry.OfMove> found, Action restart, Action failed)
    {
        StoreRequest.Read request = new(
            turn.Replica.NewOp(), LogOf(staged.Source), cursor.Index.Next(), turn.Config.MoveReadBytes);
        Ask(request, completion =>
        {
            if (completion is not StoreCompletion.Read read)
            {
                Failed(completion, failed);
            }
            else if (read.Records.Count == 0 && read.CheckpointIndex > cursor.Index)
            {
                restart();
            }
            else if (read.Records.Count == 0)
            {
                // Where the source is sealed already, this read was begun before that: its last record is there by now.
                IsNearEnd = true;
                _dueAt = turn.Now + (_isHurried ? TimeSpan.Zero : turn.Config.Log.PollInterval);
                failed();
            }
            else
            {
                HandOn(staged, cursor, read, found, restart, failed);
            }
        });
    }

    private void HandOn(
        Staging staged, LogCursor cursor, StoreCompletion.Read read, Action<TransferEntry.OfMove> found, Action restart, Action failed)
    {
        int count = 0;
        if (!IsGood(() => count = LogFollower.Verify(cursor, staged.Opener, read).Count()))
        {
            failed();
            return;
        }

        if (count == 0)
        {
            restart();
            return;
        }

        List<StoredRecord> whole = [.. read.Records.Take(count)];
        long bytes = whole.Sum(static stored => (long)stored.Bytes.Length);
        IsNearEnd = bytes <= turn.Config.MoveSealWithinBytes;
        if (!IsNearEnd)
        {
            Pace(bytes);
        }

        found(new TransferEntry.Records(staged.Move, whole));
    }

    private void Pace(long bytes)
    {
        if (_isHurried)
        {
            return;
        }

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
            Obstacle = $"the source's log cannot be read: {damage.Message}";
            _dueAt = turn.Now + turn.Config.RetryInterval;
            return false;
        }
    }

    private void Failed(StoreCompletion completion, Action failed)
    {
        if (completion is StoreCompletion.Failed { Reason: var reason })
        {
            Obstacle = reason;
        }

        _dueAt = turn.Now + turn.Config.RetryInterval;
        failed();
    }

    private void Ask(StoreRequest request, Action<StoreCompletion> then)
    {
        (_op, _then, _askedAt) = (request.Op, then, turn.Now);
        turn.Output.Effects.Add(new Effect.Store(request));
    }

    private LogName LogOf(GroupId source) => LogName.Shard(source, turn.Config.Shard);
}
