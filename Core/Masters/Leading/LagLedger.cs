namespace OrleansShards.Core.Masters;

/// <summary>
/// What is durable and not yet replayed, as one master knows it: decisions, since when, and in how many bytes. The
/// primary keeps one about its shadow, the shadow one about itself, each on its own clock.
/// </summary>
internal sealed class LagLedger(int pointsMax)
{
    private readonly List<Point> _ahead = [];
    private ulong _newest;
    private ulong _reached;
    private long? _bytesReached;

    /// <summary>Begins anew with nothing ahead, and with bytes that count from whatever is next known to be reached.</summary>
    internal void Reset(ulong decisions)
    {
        _ahead.Clear();
        _newest = decisions;
        _reached = decisions;
        _bytesReached = null;
    }

    /// <summary>So many decisions are durable. One that brings none (a heartbeat) makes no lag.</summary>
    internal void Learn(ulong decisions, long bytes, Instant at)
    {
        if (decisions <= _reached)
            _bytesReached = bytes;

        if (decisions <= _newest)
            return;

        _newest = decisions;
        if (decisions <= _reached)
            return;

        // Bounded: beyond it the newest point takes more in. It keeps its time, so that a lag shows too long, never too
        // short.
        if (_ahead.Count == pointsMax)
        {
            at = _ahead[^1].At;
            _ahead.RemoveAt(_ahead.Count - 1);
        }

        _ahead.Add(new Point(decisions, bytes, at));
    }

    /// <summary>So many decisions are replayed.</summary>
    internal void Reach(ulong decisions)
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
