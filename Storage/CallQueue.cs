namespace OrleansShards.Storage;

/// <summary>How much may wait for a thread, and what a call is told that finds no room or comes too late.</summary>
internal sealed record QueueLimits(int CallsMax, long BytesMax, string TooMuch, string Closed)
{
    /// <summary>Those of a store that is a directory or a file of this machine.</summary>
    internal static QueueLimits OnDisk(string path, int callsMax, int mebibytesMax) => new(
        callsMax,
        (long)mebibytesMax << 20,
        $"Too much waits for '{path}' ({callsMax} calls or {mebibytesMax} MiB): the disk does not keep up.",
        $"The store '{path}' was closed; nothing can be written to it or read from it.");
}

/// <summary>Calls that wait for one thread. A call that finds it full is refused; nobody waits for room.</summary>
internal sealed class CallQueue<TCall>(QueueLimits limits)
    where TCall : class
{
    private readonly object _lock = new();
    private List<(TCall Call, long Bytes)> _waiting = [];
    private List<(TCall Call, long Bytes)> _taken = [];
    private long _bytes;
    private bool _waitingForCalls;
    private bool _closed;

    /// <summary>Adds a call. Returns why it was refused, or null.</summary>
    internal string? TryAdd(TCall call, long bytes)
    {
        lock (_lock)
        {
            if (_closed)
                return limits.Closed;

            if (_waiting.Count >= limits.CallsMax || _bytes + bytes > limits.BytesMax)
                return limits.TooMuch;

            _waiting.Add((call, bytes));
            _bytes += bytes;
            if (_waitingForCalls)
                Monitor.Pulse(_lock);

            return null;
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
                Monitor.Wait(_lock);

            _waitingForCalls = false;
            return _waiting.Count > 0;
        }
    }

    /// <summary>Takes all that waits, in the order it came. The list is reused by the next call.</summary>
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
