namespace OrleansShards.Storage;

/// <summary>
/// Calls that wait for one thread. Bounded by number and by bytes; whoever finds it full is refused, nobody waits.
/// </summary>
internal sealed class CallQueue<TCall>(int callsMax, long bytesMax)
    where TCall : class
{
    private readonly object _lock = new();
    private List<(TCall Call, long Bytes)> _waiting = [];
    private List<(TCall Call, long Bytes)> _taken = [];
    private long _bytes;
    private bool _waitingForCalls;
    private bool _closed;

    internal CallQueueAnswer TryAdd(TCall call, long bytes)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return CallQueueAnswer.Closed;
            }

            if (_waiting.Count >= callsMax || _bytes + bytes > bytesMax)
            {
                return CallQueueAnswer.Full;
            }

            _waiting.Add((call, bytes));
            _bytes += bytes;
            if (_waitingForCalls)
            {
                Monitor.Pulse(_lock);
            }

            return CallQueueAnswer.Added;
        }
    }

    /// <summary>Waits for a call. For the one thread that takes.</summary>
    /// <returns>False once the queue is closed and empty.</returns>
    internal bool Wait()
    {
        lock (_lock)
        {
            _waitingForCalls = true;
            while (_waiting.Count == 0 && !_closed)
            {
                Monitor.Wait(_lock);
            }

            _waitingForCalls = false;
            return _waiting.Count > 0;
        }
    }

    /// <summary>Takes all that waits, in the order it came. What it returns is reused with the next call.</summary>
    internal IReadOnlyList<(TCall Call, long Bytes)> Take()
    {
        lock (_lock)
        {
            (_taken, _waiting) = (_waiting, _taken);
            _waiting.Clear();
            _bytes = 0;
            return _taken;
        }
    }

    /// <summary>Nothing more is added; what waits is still taken.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.Pulse(_lock);
        }
    }
}

/// <summary>What became of a call that was to be queued.</summary>
internal enum CallQueueAnswer
{
    /// <summary>It waits.</summary>
    Added,

    /// <summary>There is no room.</summary>
    Full,

    /// <summary>The store is closed.</summary>
    Closed,
}
