namespace OrleansShards.Core.Masters;

/// <summary>Calls that wait at a master, bounded in number, each with a deadline.</summary>
internal sealed class WaitingCalls<TRequest>(int max)
{
    private readonly List<(CallId Call, TRequest Request, Instant Deadline)> _waiting = [];

    internal int Count => _waiting.Count;

    /// <summary>False where too many wait already.</summary>
    internal bool TryAdd(CallId call, TRequest request, Instant deadline)
    {
        if (_waiting.Count >= max)
            return false;

        _waiting.Add((call, request, deadline));
        return true;
    }

    /// <summary>Removes all of them, in the order of arrival.</summary>
    internal List<(CallId Call, TRequest Request)> TakeAll()
    {
        List<(CallId, TRequest)> all = [.. _waiting.Select(static waiting => (waiting.Call, waiting.Request))];
        _waiting.Clear();
        return all;
    }

    /// <summary>Removes those whose deadline has passed, in the order of arrival.</summary>
    internal List<CallId> Expire(Instant now)
    {
        List<CallId> late = [.. _waiting.Where(waiting => waiting.Deadline <= now).Select(static waiting => waiting.Call)];
        _waiting.RemoveAll(waiting => waiting.Deadline <= now);
        return late;
    }
}
