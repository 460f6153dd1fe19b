namespace OrleansShards.Core.Nodes;

/// <summary>
/// The open calls of one run of a node, each with its deadline and its purpose: what the node needs to know when the answer
/// arrives. A late or duplicate answer, or one to an earlier run, finds no open call and is ignored.
/// </summary>
public sealed class PendingCalls<TPurpose>(Incarnation self)
{
    private readonly Dictionary<CallId, (TPurpose Purpose, Instant Deadline)> _open = [];
    private RunNumbers _numbers;

    /// <summary>How many calls are open.</summary>
    public int Count => _open.Count;

    /// <summary>Opens a call. The purpose comes back with the answer, or when the call expires.</summary>
    public CallId Open(
        NodeAddress to, Message request, TPurpose purpose, Instant deadline, List<Effect> effects, ulong ticket = 0)
    {
        CallId id = new(self, _numbers.Next());
        _open.Add(id, (purpose, deadline));
        effects.Add(new Effect.Call(id, to, request) { Ticket = ticket });
        return id;
    }

    /// <summary>Closes a call that was answered or has failed.</summary>
    /// <returns>False if no such call is open: the answer is to be ignored.</returns>
    public bool TryClose(CallId id, out TPurpose purpose)
    {
        bool isOpen = _open.Remove(id, out (TPurpose Purpose, Instant Deadline) call);
        purpose = call.Purpose;
        return isOpen;
    }

    /// <summary>Closes every call whose deadline has passed, in opening order.</summary>
    public IReadOnlyList<TPurpose> Expire(Instant now)
    {
        if (_open.Count == 0)
            return [];

        KeyValuePair<CallId, (TPurpose Purpose, Instant Deadline)>[] late =
            [.. _open.Where(call => call.Value.Deadline <= now).OrderBy(static call => call.Key.Number)];
        foreach ((CallId id, _) in late)
            _open.Remove(id);

        return Array.ConvertAll(late, static call => call.Value.Purpose);
    }
}
