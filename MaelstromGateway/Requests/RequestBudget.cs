namespace OrleansShards.MaelstromGateway.Requests;

/// <summary>
/// Limits the requests that are read and not answered: when it is used up, reading waits. A request larger than the whole budget is
/// admitted alone. Its bytes are those of the requests' lines. Thread-safe.
/// </summary>
internal sealed class RequestBudget(int countMax, long bytesMax)
{
    private readonly object _gate = new();
    private int _count;
    private long _bytes;

    /// <summary>Waits until so much is left, and takes it.</summary>
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

    internal void Release(int count, long bytes)
    {
        lock (_gate)
        {
            _count -= count;
            _bytes -= bytes;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until all is released; called when nothing more is acquired.</summary>
    internal void WaitUntilUnused()
    {
        lock (_gate)
        {
            while (_count > 0)
                Monitor.Wait(_gate);
        }
    }
}
