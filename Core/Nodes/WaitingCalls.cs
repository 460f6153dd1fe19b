namespace OrleansShards.Core.Nodes;

/// <summary>Calls that wait at a node, in the order of arrival, bounded in number, each with a deadline.</summary>
internal sealed class WaitingCalls<TCall>(int max)
{
    private readonly List<(TCall Call, Instant Deadline)> _waiting = [];

    internal int Count => _waiting.Count;

    /// <summary>False where too many wait already.</summary>
    internal bool TryAdd(TCall call, Instant deadline)
    {
        bool hasRoom = _waiting.Count < max;
        if (hasRoom)
            _waiting.Add((call, deadline));

        return hasRoom;
    }

    internal TCall[] TakeAll() => Take(static _ => true);

    /// <summary>Removes those whose deadline has passed.</summary>
    internal TCall[] Expire(Instant now) => Take(deadline => deadline <= now);

    private TCall[] Take(Predicate<Instant> which)
    {
        if (_waiting.Count == 0)
            return [];

        TCall[] taken = [.. _waiting.Where(waiting => which(waiting.Deadline)).Select(static waiting => waiting.Call)];
        _waiting.RemoveAll(waiting => which(waiting.Deadline));
        return taken;
    }
}
