using System.Diagnostics.CodeAnalysis;

namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// A node's connections. Finds a message's connection by the identifiers that both sides have drawn, and answers a message that belongs to
/// none with a reset. No clock and no lock; times are milliseconds.
/// </summary>
/// <param name="newId">Draws an identifier that no process has drawn before.</param>
/// <param name="limits">The limits of each connection.</param>
internal sealed class StreamTable(Func<string> newId, StreamLimits limits)
{
    private const int ResetsMax = 256;

    private readonly Dictionary<string, StreamConnection> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Peer, string RemoteId), StreamConnection> _accepted = [];
    private readonly List<StreamConnection> _all = [];
    private readonly Queue<(string Peer, Segment Reset)> _resets = [];
    private int _turn;

    /// <summary>Whether openings of others are accepted.</summary>
    internal bool IsListening { get; set; }

    internal int Count => _all.Count;

    /// <summary>Begins to open a connection.</summary>
    internal StreamConnection Open(string peer, long now) => Add(new StreamConnection(peer, newId(), limits, now));

    /// <summary>Takes a message from a node, and returns its connection; null if it has none.</summary>
    internal StreamConnection? Receive(string peer, Segment segment, long now)
    {
        if (segment.IsOpening)
        {
            OnOpening(peer, segment, now);
            return null;
        }

        if (Find(peer, segment) is { } found)
        {
            found.Receive(segment, now);
            return found;
        }

        if (!segment.IsReset)
            Reset(peer, segment);

        return null;
    }

    /// <summary>The next message to send now, each connection in its turn.</summary>
    internal bool TryTake(long now, [NotNullWhen(true)] out string? peer, [NotNullWhen(true)] out Segment? segment)
    {
        if (_resets.TryDequeue(out (string Peer, Segment Reset) reset))
        {
            (peer, segment) = reset;
            return true;
        }

        for (int looked = 0; looked < _all.Count; looked++)
        {
            _turn = (_turn + 1) % _all.Count;
            if (_all[_turn].Take(now) is { } taken)
            {
                (peer, segment) = (_all[_turn].Peer, taken);
                return true;
            }
        }

        (peer, segment) = (null, null);
        return false;
    }

    /// <summary>When <see cref="TryTake"/> may have something, unless something happens before.</summary>
    internal long NextAt(long now) => _resets.Count > 0 ? 0 : _all.Select(one => one.NextAt(now)).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>Forgets the connections that are over, and returns them.</summary>
    internal IReadOnlyList<StreamConnection> TakeOver()
    {
        // What the peer has to be told is sent by the next TryTake.
        if (!_all.Exists(static one => one.IsOver))
            return [];

        List<StreamConnection> over = _all.FindAll(static one => one.IsOver);
        _all.RemoveAll(static one => one.IsOver);
        foreach (StreamConnection one in over)
        {
            _byId.Remove(one.Id);
            if (one.RemoteId is { } remoteId)
                _accepted.Remove((one.Peer, remoteId));

            if (one.IsPeerToBeTold)
                Put(one.Peer, new Segment { From = one.Id, To = one.RemoteId, IsReset = true });
        }

        return over;
    }

    /// <summary>Ends all of them at once.</summary>
    internal void FailAll(string reason) => _all.ForEach(one => one.Fail(reason));

    private StreamConnection? Find(string peer, Segment segment)
    {
        bool isKnown = _byId.TryGetValue(segment.To!, out StreamConnection? found) && found!.Peer == peer && !found.IsOver;

        // What is being opened takes any identifier of the peer's, and a refusal without one; after that only that one.
        return isKnown && (found!.RemoteId is null || found.RemoteId == segment.From) ? found : null;
    }

    // 1. An opening comes again, although its connection is over. 2. A connection is made for it, which the peer does not know.
    // 3. The peer answers its acceptance with a reset. Nobody is told of a connection before it is confirmed.
    private void OnOpening(string peer, Segment opening, long now)
    {
        if (opening.IsReset || opening.From is not { } remoteId)
            return;

        if (_accepted.TryGetValue((peer, remoteId), out StreamConnection? known))
            known.OnOpeningAgain(now);
        else if (!IsListening)
            Put(peer, new Segment { To = remoteId, IsReset = true });
        else if (_all.Count(static one => one.IsAccepting) < limits.OpeningsMax)
            _accepted[(peer, remoteId)] = Add(new StreamConnection(peer, newId(), remoteId, limits, now));
    }

    private void Reset(string peer, Segment unknown)
    {
        if (unknown.From is not null)
            Put(peer, new Segment { From = unknown.To, To = unknown.From, IsReset = true });
    }

    private void Put(string peer, Segment reset)
    {
        // Who sends again is answered again.
        if (_resets.Count < ResetsMax)
            _resets.Enqueue((peer, reset));
    }

    private StreamConnection Add(StreamConnection connection)
    {
        _byId[connection.Id] = connection;
        _all.Add(connection);
        return connection;
    }
}
