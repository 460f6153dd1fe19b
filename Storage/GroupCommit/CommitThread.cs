namespace OrleansShards.Storage.GroupCommit;

/// <summary>Group commit: one thread commits all waiting writes, of any log, in one transaction, so that they share one flush.</summary>
/// <remarks>
/// Small writes share no transaction with others, whose bytes they would wait for. Large are records of more than
/// <see cref="SmallBytesMax"/>; background is what checkpoints write and drop. A transaction takes <see cref="LargeBytesMax"/> of one of
/// these kinds, or one write that is larger, and before the next all small ones that wait are committed. While small ones come, large ones
/// get half of the time at most, and the background a fifth: clients notice neither a move nor a checkpoint. What is idle, they use.
/// </remarks>
internal sealed class CommitThread
{
    /// <summary>The most bytes of a write that is small.</summary>
    /// <value>64 KiB: less than a piece of a move or a chunk of a checkpoint, and more than nearly all records of clients.</value>
    internal const int SmallBytesMax = 64 << 10;

    /// <summary>What one transaction takes of large or background writes, at least one.</summary>
    /// <value>256 KiB: a chunk of a checkpoint or a piece of a move. Small writes wait for as long as that takes.</value>
    internal const int LargeBytesMax = 256 << 10;

    private readonly ITransaction _transaction;
    private readonly QueueLimits _queued;
    private readonly int _callsMax;
    private readonly long _bytesMax;
    private readonly TimeProvider _clock;
    private readonly List<ILogWrite> _batch = [];
    private readonly CallThread<ILogWrite> _thread;

    // The one whose turn it is comes first.
    private (Lane First, Lane Second) _lanes;
    private long _laneBytes;
    private volatile bool _isClosing;

    /// <summary>One transaction takes up to so many calls and bytes, but at least one write.</summary>
    internal CommitThread(
        string name, ITransaction transaction, QueueLimits queued, int callsMax, long bytesMax, StoreFaults? faults,
        TimeProvider? clock = null)
    {
        (_transaction, _queued, _callsMax, _bytesMax) = (transaction, queued, callsMax, bytesMax);
        _clock = clock ?? TimeProvider.System;
        _lanes = (new Lane(isBackground: false, pauseFactor: 1), new Lane(isBackground: true, pauseFactor: 4));
        _thread = new(name, queued, faults, TakeAndCommit);
    }

    internal ValueTask<TResult> Queue<TResult>(LogWrite<TResult> write, long bytes)
    {
        if (write.IsCancelled)
            write.Cancel();
        else if (Volatile.Read(ref _laneBytes) + bytes > _queued.BytesMax)
            write.Fail(_queued.TooMuch, certain: true);
        else if (_thread.TryAdd(write, bytes) is { } refusal)
            write.Fail(refusal, certain: true);

        return new(write.Task);
    }

    /// <summary>Refuses later writes; completes when everything that waited has been answered. Repeatable.</summary>
    internal Task CloseAsync()
    {
        _isClosing = true;
        return _thread.CloseAsync();
    }

    private TimeSpan TakeAndCommit(IReadOnlyList<(ILogWrite Call, long Bytes)> taken)
    {
        long bytes = 0;
        foreach (var (write, size) in taken)
        {
            if (write.IsCancelled)
            {
                write.Cancel();
            }
            else if (size > SmallBytesMax || write.IsBackground)
            {
                Lane lane = _lanes.First.IsBackground == write.IsBackground ? _lanes.First : _lanes.Second;
                lane.Waiting.Enqueue((write, size));
                Volatile.Write(ref _laneBytes, _laneBytes + size);
            }
            else
            {
                if (_batch.Count > 0 && (bytes + size > _bytesMax || _batch.Count >= _callsMax))
                {
                    CommitBatch();
                    bytes = 0;
                }

                _batch.Add(write);
                bytes += size;
            }
        }

        if (_batch.Count > 0)
        {
            CommitBatch();
            (_lanes.First.IsShared, _lanes.Second.IsShared) = (true, true);
        }

        CommitSomeOfALane();
        TimeSpan first = DueIn(_lanes.First);
        TimeSpan second = DueIn(_lanes.Second);
        return first == Timeout.InfiniteTimeSpan || (second != Timeout.InfiniteTimeSpan && second < first) ? second : first;
    }

    /// <summary>After which time a lane has its turn; infinite for an empty one.</summary>
    private TimeSpan DueIn(Lane lane)
    {
        if (lane.Waiting.Count == 0)
            return Timeout.InfiniteTimeSpan;

        TimeSpan left = lane.Pause - _clock.GetElapsedTime(lane.EndedAt);
        return _isClosing || !lane.IsShared || left <= TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    private void CommitSomeOfALane()
    {
        Lane? due = DueIn(_lanes.First) == TimeSpan.Zero ? _lanes.First : DueIn(_lanes.Second) == TimeSpan.Zero ? _lanes.Second : null;
        if (due is null)
            return;

        if (due == _lanes.First)
            _lanes = (_lanes.Second, _lanes.First);

        long startedAt = _clock.GetTimestamp();
        due.IsShared = false;
        CommitSome(due);
        due.EndedAt = _clock.GetTimestamp();
        due.Pause = due.PauseFactor * _clock.GetElapsedTime(startedAt, due.EndedAt);
    }

    // A write that has parts fills a transaction with each; unless it is done, it waits behind the others for its next part.
    private void CommitSome(Lane lane)
    {
        long left = LargeBytesMax;
        while (lane.Waiting.TryPeek(out var next) && _batch.Count < _callsMax && (_batch.Count == 0 || CostOf(next) <= left))
        {
            lane.Waiting.Dequeue();
            Volatile.Write(ref _laneBytes, _laneBytes - next.Bytes);
            if (next.Write.IsCancelled && !next.Write.HasBegun)
            {
                next.Write.Cancel();
            }
            else
            {
                left -= CostOf(next);
                _batch.Add(next.Write);
            }
        }

        ILogWrite? parts = _batch.Find(static write => write.HasParts);
        CommitBatch();
        if (parts is { IsAnswered: false })
            lane.Waiting.Enqueue((parts, 0));
    }

    private static long CostOf((ILogWrite Write, long Bytes) large) => large.Write.HasParts ? LargeBytesMax : large.Bytes;

    private void CommitBatch()
    {
        if (_batch.Count > 0)
            _transaction.Commit(_batch);

        _batch.Clear();
    }

    /// <summary>Writes of one kind that wait, and the pause after a transaction of them, in multiples of its length.</summary>
    private sealed class Lane(bool isBackground, int pauseFactor)
    {
        internal bool IsBackground => isBackground;

        internal int PauseFactor => pauseFactor;

        internal Queue<(ILogWrite Write, long Bytes)> Waiting { get; } = [];

        internal long EndedAt { get; set; }

        internal TimeSpan Pause { get; set; }

        /// <summary>Whether small writes have been committed since its last transaction began.</summary>
        internal bool IsShared { get; set; }
    }
}

/// <summary>
/// What group commit needs from a database. The implementation decides what a failed commit means: whether it is certain
/// that nothing of it was stored, and what the store may still answer until that is known.
/// </summary>
internal interface ITransaction
{
    /// <summary>Executes the next part of each write in one transaction, until it is durable or has failed. Throws nothing.</summary>
    /// <remarks>
    /// Each write is told how many rows its statement changed (<see cref="ILogWrite.Ran"/>), and then that it is durable
    /// (<see cref="ILogWrite.Committed"/>) or why not (<see cref="ILogWrite.Fail"/>). A write that is not answered then has
    /// more to do, and is passed in again.
    /// </remarks>
    void Commit(IReadOnlyList<ILogWrite> writes);
}
