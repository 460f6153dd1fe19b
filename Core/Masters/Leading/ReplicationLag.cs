namespace OrleansShards.Core.Masters;

/// <summary>
/// What is durable and not yet replayed, as one master knows it: decisions, their age, and their bytes. The primary keeps
/// one about its shadow, the shadow one about itself, each on its own clock.
/// </summary>
internal sealed class ReplicationLag(int pointsMax)
{
    private readonly List<Point> _ahead = [];
    private ulong _newest;
    private ulong _reached;
    private long? _bytesReached;

    /// <summary>Starts with no lag; bytes count from the next point that is known to be reached.</summary>
    internal void Reset(ulong decisions)
    {
        _ahead.Clear();
        _newest = decisions;
        _reached = decisions;
        _bytesReached = null;
    }

    /// <summary>So many decisions are durable. A record without any (a heartbeat) makes no lag.</summary>
    internal void OnDurable(ulong decisions, long bytes, Instant at)
    {
        if (decisions <= _reached)
            _bytesReached = bytes;

        if (decisions <= _newest)
            return;

        _newest = decisions;
        if (decisions <= _reached)
            return;

        // Beyond the limit the newest point takes in the next one and keeps its own time: the lag may show too long, never too short.
        if (_ahead.Count == pointsMax)
        {
            at = _ahead[^1].At;
            _ahead.RemoveAt(_ahead.Count - 1);
        }

        _ahead.Add(new Point(decisions, bytes, at));
    }

    internal void OnReplayed(ulong decisions)
    {
        _reached = Math.Max(_reached, decisions);
        int passed = 0;
        while (passed < _ahead.Count && _ahead[passed].Decisions <= _reached)
        {
            _bytesReached = _ahead[passed].Bytes;
            passed++;
        }

        _ahead.RemoveRange(0, passed);
    }

    /// <summary>The lag now: decisions, the age of the oldest in milliseconds, bytes of records.</summary>
    internal (long Entries, long Ms, long Bytes) Measure(Instant now)
    {
        if (_ahead.Count == 0)
            return (0, 0, 0);

        long entries = (long)(_newest - _reached);
        long newest = _ahead[^1].Bytes;
        return (entries, (long)(now - _ahead[0].At).TotalMilliseconds, newest - (_bytesReached ?? newest));
    }

    private readonly record struct Point(ulong Decisions, long Bytes, Instant At);
}
