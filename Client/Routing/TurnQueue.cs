using System.Diagnostics;

namespace OrleansShards.Client.Routing;

/// <summary>
/// Queue of many producers and one consumer, the loop. The loop takes the whole batch at once, so that a burst costs one
/// wake-up and the router sees it as one turn. A channel cannot do that, and a BlockingCollection is slower.
/// </summary>
internal sealed class TurnQueue<T>
{
    private readonly object _gate = new();
    private List<T> _incoming = [];
    private List<T> _spare = [];
    private bool _isWaiting;

    /// <summary>Thread-safe; holds the lock only to append.</summary>
    internal void Add(T item)
    {
        lock (_gate)
        {
            _incoming.Add(item);
            if (_isWaiting)
            {
                _isWaiting = false;
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Takes all items and waits up to the limit for the first. The list is the caller's until the next call.</summary>
    internal List<T> TakeAll(TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            TimeSpan left = limit;
            while (_incoming.Count == 0 && left > TimeSpan.Zero)
            {
                _isWaiting = true;
                Monitor.Wait(_gate, left);
                left = limit - Stopwatch.GetElapsedTime(start);
            }

            _isWaiting = false;
            List<T> taken = _incoming;
            _spare.Clear();
            _incoming = _spare;
            _spare = taken;
            return taken;
        }
    }
}
