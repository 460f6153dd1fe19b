namespace OrleansShards.Core.Masters;

/// <summary>Calls that wait at a master for something to become known: bounded in number, each with a deadline.</summary>
/// <param name="max">How many may wait.</param>
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

    /// <summary>Takes all of them out, in the order in which they came.</summary>
    internal List<(CallId Call, TRequest Request)> TakeAll()
    {
        List<(CallId, TRequest)> all = [.. _waiting.Select(static waiting => (waiting.Call, waiting.Request))];
        _waiting.Clear();
        return all;
    }

    /// <summary>Takes those out whose deadline has passed, in the order in which they came.</summary>
    internal List<CallId> Expire(Instant now)
    {
        List<CallId> late = [];
        foreach ((CallId call, _, Instant deadline) in _waiting)
        {
            if (deadline <= now)
                late.Add(call);
        }

        _waiting.RemoveAll(waiting => waiting.Deadline <= now);
        return late;
    }
}
