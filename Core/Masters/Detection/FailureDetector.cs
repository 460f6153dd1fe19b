namespace OrleansShards.Core.Masters;

/// <summary>
/// Decides on the shadow's own monotonic clock whether the primary is dead: its log has not grown for the detection
/// time, and the shadow was awake and could see for all of it.
/// </summary>
internal sealed class FailureDetector(TimeSpan detectAfter, TimeSpan ownPauseAfter)
{
    private Instant _steppedAt;
    private Instant _countsFrom;
    private Instant _sawAt;

    /// <summary>
    /// The shadow steps. A gap since the last time means that it was paused itself: (1) it sleeps for a minute; (2) the
    /// primary's heartbeats of that minute are in the log, unread; (3) it wakes, and its tick comes before its read.
    /// So it counts anew.
    /// </summary>
    internal void Step(Instant now)
    {
        if (now - _steppedAt > ownPauseAfter)
            _countsFrom = now;

        _steppedAt = now;
    }

    /// <summary>A read of the log has come back from the store.</summary>
    internal void Saw(Instant now) => _sawAt = now;

    /// <summary>Whether the primary is to be taken for dead. A shadow whose reads hang or fail sees nothing and judges nothing.</summary>
    internal bool Fires(Instant now, Instant grownAt)
    {
        Instant since = grownAt > _countsFrom ? grownAt : _countsFrom;
        return now - since >= detectAfter && now - _sawAt <= ownPauseAfter;
    }
}
