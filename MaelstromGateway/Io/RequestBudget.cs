namespace OrleansShards.MaelstromGateway.Io;

/// <summary>
/// Bounds what is read and not answered: reading waits while it is used up. A request that is larger than the whole
/// budget is let in alone. Thread-safe.
/// </summary>
/// <param name="countMax">Most requests.</param>
/// <param name="bytesMax">Most bytes of their lines.</param>
internal sealed class RequestBudget(int countMax, long bytesMax)
{
    private readonly object _gate = new();
    private int _count;
    private long _bytes;

    /// <summary>Takes a part, waiting until it is there.</summary>
    internal void Acquire(int count, long bytes)
    {
        lock (_gate)
        {
            while (_count > 0 && (_count + count > countMax || _bytes + bytes > bytesMax))
                Monitor.Wait(_gate);

            _count += count;
            _bytes += bytes;
        }
    }

    /// <summary>Gives a part back.</summary>
    internal void Release(int count, long bytes)
    {
        lock (_gate)
        {
            _count -= count;
            _bytes -= bytes;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until nothing is under way; for when nothing new is acquired any more.</summary>
    internal void WaitUntilUnused()
    {
        lock (_gate)
        {
            while (_count > 0)
                Monitor.Wait(_gate);
        }
    }
}
