namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// When shards whose moves were given up may be moved again: each time twice as late, up to a limit. In memory: a new
/// primary tries at once.
/// </summary>
internal sealed class MoveBackOff(TimeSpan first, TimeSpan most)
{
    private readonly Dictionary<int, (GroupId Target, int Failures, Instant NotBefore)> _waits = [];

    /// <summary>A move was given up.</summary>
    internal void Failed(ShardMove move, Instant now)
    {
        int failures = Failures(move.Shard.Value, move.Target) + 1;
        double wait = Math.Min(first.Ticks * Math.Pow(2, Math.Min(failures - 1, 30)), most.Ticks);
        _waits[move.Shard.Value] = (move.Target, failures, now + TimeSpan.FromTicks((long)wait));
    }

    internal bool MayBegin(int shard, GroupId target, Instant now) =>
        !_waits.TryGetValue(shard, out (GroupId Target, int, Instant NotBefore) wait)
        || wait.Target != target || wait.NotBefore <= now;

    /// <summary>How often moves of a shard to a group have failed since one has not.</summary>
    internal int Failures(int shard, GroupId target) =>
        _waits.TryGetValue(shard, out (GroupId Target, int Failures, Instant) wait) && wait.Target == target
            ? wait.Failures
            : 0;

    /// <summary>Forgets the shards that are where they are wanted.</summary>
    internal void Keep(IReadOnlyDictionary<int, WantedPlace> wanted)
    {
        foreach (int shard in _waits.Keys.Where(shard => !wanted.ContainsKey(shard)).ToList())
            _waits.Remove(shard);
    }
}
