namespace OrleansShards.Storage.GroupCommit;

/// <summary>Group commit: one thread commits all waiting writes, of any log, in one transaction, so that they share one flush.</summary>
/// <remarks>
/// Small writes share no transaction with large ones, whose bytes they would wait for. Large are records and chunks of more than
/// <see cref="SmallBytesMax"/>, and what drops. A transaction takes <see cref="LargeBytesMax"/> of them, or one that is larger; then all
/// small ones that wait are committed. So a small write waits for one transaction of large ones at most, and these get their turn.
/// </remarks>
internal sealed class CommitThread
{
    /// <summary>The most bytes of a write that is small.</summary>
    /// <value>64 KiB: less than a piece of a move or a chunk of a checkpoint, and more than nearly all records of clients.</value>
    internal const int SmallBytesMax = 64 << 10;

    /// <summary>What one transaction takes of large writes, at least one.</summary>
    /// <value>1 MiB: enough to share a flush, and as much as the longest value by default, which holds up the others anyway.</value>
    internal const int LargeBytesMax = 1 << 20;

    private readonly ITransaction _transaction;
    private readonly QueueLimits _queued;
    private readonly int _callsMax;
    private readonly long _bytesMax;
    private readonly List<ILogWrite> _batch = [];
    private readonly Queue<(ILogWrite Write, long Bytes)> _large = [];
    private readonly CallThread<ILogWrite> _thread;
    private long _largeBytes;

    /// <summary>One transaction takes up to so many calls and bytes, but at least one write.</summary>
    internal CommitThread(string name, ITransaction transaction, QueueLimits queued, int callsMax, long bytesMax, StoreFaults? faults)
    {
        (_transaction, _queued, _callsMax, _bytesMax) = (transaction, queued, callsMax, bytesMax);
        _thread = new(name, queued, faults, TakeAndCommit);
    }

    internal ValueTask<TResult> Queue<TResult>(LogWrite<TResult> write, long bytes)
    {
        if (write.IsCancelled)
            write.Cancel();
        else if (Volatile.Read(ref _largeBytes) + bytes > _queued.BytesMax)
            write.Fail(_queued.TooMuch, certain: true);
        else if (_thread.TryAdd(write, bytes) is { } refusal)
            write.Fail(refusal, certain: true);

        return new(write.Task);
    }

    /// <summary>Refuses later writes; completes when everything that waited has been answered. Repeatable.</summary>
    internal Task CloseAsync() => _thread.CloseAsync();

    private bool TakeAndCommit(IReadOnlyList<(ILogWrite Call, long Bytes)> taken)
    {
        long bytes = 0;
        foreach (var (write, size) in taken)
        {
            if (write.IsCancelled)
            {
                write.Cancel();
            }
            else if (size > SmallBytesMax || write.HasParts)
            {
                _large.Enqueue((write, size));
                Volatile.Write(ref _largeBytes, _largeBytes + size);
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

        CommitBatch();
        CommitSomeLarge();
        return _large.Count > 0;
    }

    // A write that has parts fills a transaction with each; unless it is done, it waits behind the others for its next part.
    private void CommitSomeLarge()
    {
        long left = LargeBytesMax;
        while (_large.TryPeek(out var next) && _batch.Count < _callsMax && (_batch.Count == 0 || CostOf(next) <= left))
        {
            _large.Dequeue();
            Volatile.Write(ref _largeBytes, _largeBytes - next.Bytes);
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
            _large.Enqueue((parts, 0));
    }

    private static long CostOf((ILogWrite Write, long Bytes) large) => large.Write.HasParts ? LargeBytesMax : large.Bytes;

    private void CommitBatch()
    {
        if (_batch.Count > 0)
            _transaction.Commit(_batch);

        _batch.Clear();
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
