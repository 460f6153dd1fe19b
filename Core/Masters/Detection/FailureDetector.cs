namespace OrleansShards.Core.Masters;

/// <summary>
/// The shadow's failure detector, on its own monotonic clock: the primary counts as dead when its log has not grown for
/// the detection time, and the shadow was awake and could read for all of it.
/// </summary>
internal sealed class FailureDetector(TimeSpan detectAfter, TimeSpan ownPauseAfter)
{
    private Instant _steppedAt;
    private Instant _countsFrom;
    private Instant _sawAt;

    /// <summary>
    /// The shadow steps. A gap since its last step means that it was paused itself, so it counts from now: (1) it sleeps for a
    /// minute; (2) the primary's heartbeats of that minute are in the log, unread; (3) it wakes, and its tick comes before its read.
    /// </summary>
    internal void Step(Instant now)
    {
        if (now - _steppedAt > ownPauseAfter)
            _countsFrom = now;

        _steppedAt = now;
    }

    internal void OnRead(Instant now) => _sawAt = now;

    /// <summary>Whether the primary counts as dead. A shadow whose reads hang or fail never decides that.</summary>
    internal bool IsPrimaryDead(Instant now, Instant grownAt)
    {
        Instant since = grownAt > _countsFrom ? grownAt : _countsFrom;
        return now - since >= detectAfter && now - _sawAt <= ownPauseAfter;
    }
}
