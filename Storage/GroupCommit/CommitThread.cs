namespace OrleansShards.Storage.GroupCommit;

/// <summary>Group commit: one thread commits all waiting writes, of any log, in one transaction, so that they share one flush.</summary>
internal sealed class CommitThread
{
    private readonly ITransaction _transaction;
    private readonly int _callsMax;
    private readonly long _bytesMax;
    private readonly List<ILogWrite> _batch = [];
    private readonly List<ILogWrite> _unfinished = [];
    private readonly CallThread<ILogWrite> _thread;

    /// <summary>One transaction takes up to so many calls and bytes, but at least one write.</summary>
    internal CommitThread(string name, ITransaction transaction, QueueLimits queued, int callsMax, long bytesMax, StoreFaults? faults)
    {
        (_transaction, _callsMax, _bytesMax) = (transaction, callsMax, bytesMax);
        _thread = new(name, queued, faults, TakeAndCommit);
    }

    internal ValueTask<TResult> Queue<TResult>(LogWrite<TResult> write, long bytes)
    {
        if (write.IsCancelled)
            write.Cancel();
        else if (_thread.TryAdd(write, bytes) is { } refusal)
            write.Fail(refusal, certain: true);

        return new(write.Task);
    }

    /// <summary>Refuses later writes; completes when everything that waited has been answered. Repeatable.</summary>
    internal Task CloseAsync() => _thread.CloseAsync();

    private bool TakeAndCommit(IReadOnlyList<(ILogWrite Call, long Bytes)> taken)
    {
        // Unfinished writes of earlier transactions go first: they are large work in small parts, with other logs' puts in
        // between. What a take leaves unfinished, in any of its transactions, is kept until it is done.
        _batch.AddRange(_unfinished);
        _unfinished.Clear();
        long bytes = 0;
        foreach (var (write, size) in taken)
        {
            if (_batch.Count > 0 && (bytes + size > _bytesMax || _batch.Count >= _callsMax))
            {
                CommitBatch();
                bytes = 0;
            }

            if (write.IsCancelled)
            {
                write.Cancel();
            }
            else
            {
                _batch.Add(write);
                bytes += size;
            }
        }

        CommitBatch();
        return _unfinished.Count > 0;
    }

    private void CommitBatch()
    {
        if (_batch.Count > 0)
        {
            _transaction.Commit(_batch);
            _unfinished.AddRange(_batch.Where(static write => !write.IsAnswered));
            _batch.Clear();
        }
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
