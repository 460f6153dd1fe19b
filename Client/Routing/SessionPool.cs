using System.Globalization;

namespace OrleansShards.Client.Routing;

/// <summary>
/// The router's own sessions. Each request in flight has its own session, so that sequence numbers arrive in order however
/// many requests are in flight. A session whose request ended unknown can be reused: its next number makes every late
/// repetition of the last one stale.
/// </summary>
internal sealed class SessionPool(string router, Incarnation run)
{
    private readonly Stack<int> _free = new();
    private readonly List<(string Name, long Sequence)> _sessions = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    internal SessionTag Take()
    {
        if (!_free.TryPop(out int number))
        {
            number = _sessions.Count;
            string name = string.Create(CultureInfo.InvariantCulture, $"{router}@{run}/{number}");
            _sessions.Add((name, 0));
            _numbers.Add(name, number);
        }

        (string Name, long Sequence) session = _sessions[number] with { Sequence = _sessions[number].Sequence + 1 };
        _sessions[number] = session;
        return new SessionTag(SessionKind.Router, session.Name, session.Sequence);
    }

    /// <summary>Returns a session to the pool; ignores one that is not this router's own (a forwarding gateway's).</summary>
    internal void Return(SessionTag session)
    {
        if (session.Kind == SessionKind.Router && _numbers.TryGetValue(session.Client, out int number))
            _free.Push(number);
    }
}
