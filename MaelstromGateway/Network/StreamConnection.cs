using System.Globalization;

namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// One side of a connection: a stream in each direction, and what keeps it alive or ends it. Opening takes three messages, so that neither
/// an opening that comes late nor what follows it is taken for a connection: only a peer that knows the identifier drawn here is one. No
/// clock and no lock; times are milliseconds.
/// </summary>
internal sealed class StreamConnection
{
    private const long Never = long.MaxValue;

    private readonly StreamLimits _limits;
    private readonly StreamSender _sender;
    private readonly StreamReceiver _receiver;
    private Phase _phase;
    private long _heardAt;
    private long _leftAt = Never;
    private long _acknowledgeAt = Never;
    private long _askAt;
    private long _openAt;
    private int _openings;
    private long _acknowledged;
    private int _toldRoom;

    /// <summary>This side opens the connection.</summary>
    internal StreamConnection(string peer, string id, StreamLimits limits, long now)
        : this(peer, id, remoteId: null, limits, now) =>
        _openAt = now;

    /// <summary>The peer opens it, and has drawn <paramref name="remoteId"/>.</summary>
    internal StreamConnection(string peer, string id, string? remoteId, StreamLimits limits, long now)
    {
        (Peer, Id, RemoteId, _limits) = (peer, id, remoteId, limits);
        _sender = new StreamSender(limits);
        _receiver = new StreamReceiver(limits);
        _phase = remoteId is null ? Phase.Opening : Phase.Accepting;
        _openAt = Never;
        _acknowledgeAt = remoteId is null ? Never : now;
        _heardAt = now;
        _askAt = now + limits.AskAfterMs;
    }

    private enum Phase { Opening, Accepting, Open, Over }

    /// <summary>The node at the other side.</summary>
    internal string Peer { get; }

    internal string Id { get; }

    /// <summary>The peer's identifier; null until it is known.</summary>
    internal string? RemoteId { get; private set; }

    /// <summary>The peer has the identifiers of both sides, or had, before it was over.</summary>
    internal bool IsOpen => _phase == Phase.Open;

    internal bool IsAccepting => _phase == Phase.Accepting;

    /// <summary>Nothing comes, and nothing is sent, any more.</summary>
    internal bool IsOver => _phase == Phase.Over;

    /// <summary>Why it is over; null while it is not, and where both sides have closed it.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Whether it is over for a reason that the peer does not know: it may hear us even if we do not hear it.</summary>
    internal bool IsPeerToBeTold { get; private set; }

    /// <summary>The peer has ended its stream, and everything before the end has arrived.</summary>
    internal bool HasEnded => _receiver.HasEnded;

    /// <summary>How many bytes may be written.</summary>
    internal int Room => _sender.Room;

    /// <summary>The earliest time at which <see cref="Take"/> may do something, unless something happens before.</summary>
    internal long NextAt(long now) => _phase == Phase.Over ? 0 : Math.Min(
        Math.Min(_heardAt + _limits.SilenceMsMax, Math.Min(_acknowledgeAt, _openAt)),
        _phase != Phase.Open ? Never : Math.Min(
            Math.Min(_askAt, _leftAt == Never ? Never : _sender.IsDone ? 0 : _leftAt + _limits.LingerMsMax),
            _sender.NextAt(IsSilent(now))));

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        if (_phase != Phase.Over)
            _sender.Write(bytes);
    }

    /// <summary>Nothing more is written; what was, is still sent.</summary>
    internal void EndWriting() => _sender.End();

    /// <summary>Nobody reads or writes here any more. What was written is sent for a while.</summary>
    internal void Leave(long now)
    {
        _sender.End();
        if (_leftAt == Never)
            _leftAt = now;

        if (_phase != Phase.Open)
            _phase = Phase.Over;
    }

    /// <summary>Ends it at once, for a reason on this side.</summary>
    internal void Fail(string reason)
    {
        if (_phase == Phase.Over)
            return;

        IsPeerToBeTold = RemoteId is not null;
        _phase = Phase.Over;
        Failure = reason;
    }

    /// <inheritdoc cref="StreamReceiver.TryRead"/>
    internal bool TryRead(out ReadOnlyMemory<byte> bytes) => _receiver.TryRead(out bytes);

    /// <summary>Makes room in the window for as many bytes, which were read before.</summary>
    internal void OnConsumed(int bytes, long now)
    {
        _receiver.OnConsumed(bytes);
        if (_receiver.Room - _toldRoom >= _limits.ReceiveBytesMax / 2)
            _acknowledgeAt = Math.Min(_acknowledgeAt, now);
    }

    /// <summary>Takes a message that carries both identifiers.</summary>
    internal void Receive(Segment segment, long now)
    {
        if (_phase == Phase.Over)
            return;

        if (segment.IsReset)
        {
            Fail(_phase == Phase.Opening ? $"{Peer} takes no connections now" : $"{Peer} does not know the connection any more");
            IsPeerToBeTold = false;
            return;
        }

        if (segment.From is null)
            return;

        _heardAt = now;
        _askAt = now + _limits.AskAfterMs;
        if (_phase == Phase.Opening)
        {
            RemoteId = segment.From;
            _openAt = Never;
            _acknowledgeAt = now;
        }

        _phase = Phase.Open;
        _sender.OnAcknowledged(segment.Next, segment.Held, segment.Room, now);
        if (!segment.Data.IsEmpty || segment.IsEnd)
            ReceiveData(segment, now);

        if (segment.Asks)
            _acknowledgeAt = now;
    }

    /// <summary>The opening has come again: its answer was lost, or late.</summary>
    internal void OnOpeningAgain(long now)
    {
        if (_phase == Phase.Accepting)
            _acknowledgeAt = now;
    }

    /// <summary>The next message to send now, or null. Ends the connection if it is time.</summary>
    internal Segment? Take(long now)
    {
        Expire(now);
        return _phase switch
        {
            Phase.Opening => TakeOpening(now),
            Phase.Accepting => _acknowledgeAt <= now ? Make() : null,
            Phase.Open => _sender.Take(now, IsSilent(now)) is { } sent ? Make(sent)
                : _askAt <= now ? MakeAsking(now)
                : _acknowledgeAt <= now ? Make()
                : null,
            Phase.Over => null,
        };
    }

    // Whatever it is that the peer does not hear, it is more than one message.
    private bool IsSilent(long now) => now - _heardAt > _limits.AskAfterMs;

    private void Expire(long now)
    {
        if (now - _heardAt >= _limits.SilenceMsMax)
            Fail(string.Create(CultureInfo.InvariantCulture, $"{Peer} has been silent for {_limits.SilenceMsMax / 1000.0:0.#} s"));
        else if (_leftAt != Never && (_sender.IsDone || now - _leftAt >= _limits.LingerMsMax))
            _phase = Phase.Over;
    }

    private void ReceiveData(Segment segment, long now)
    {
        // Nobody reads it: it is not acknowledged, and the peer learns from our end that it need not send.
        if (_leftAt != Never)
            return;

        long before = _receiver.Next;
        _receiver.Receive(segment.At, segment.Data, segment.IsEnd);
        bool isOutOfOrder = _receiver.Next == before || _receiver.Held.Count > 0;
        bool isMuch = _receiver.Next - _acknowledged >= 2 * _limits.SegmentBytesMax;
        _acknowledgeAt = Math.Min(_acknowledgeAt, isOutOfOrder || isMuch ? now : now + _limits.AcknowledgeAfterMs);
    }

    private Segment? TakeOpening(long now)
    {
        if (_openAt > now)
            return null;

        _openings++;
        _openAt = now + (int)Math.Min(_limits.FirstTimeoutMs * Math.Pow(2, Math.Min(_openings - 1, 20)), _limits.TimeoutMsMax);
        return new Segment { From = Id };
    }

    private Segment MakeAsking(long now)
    {
        _askAt = now + _limits.AskAfterMs;
        return Make() with { Asks = true };
    }

    private Segment Make(SentSegment sent) => Make() with { At = sent.At, Data = sent.Data, IsEnd = sent.IsEnd };

    private Segment Make()
    {
        _acknowledgeAt = Never;
        _acknowledged = _receiver.Next;
        _toldRoom = _receiver.Room;
        return new Segment { From = Id, To = RemoteId, Next = _receiver.Next, Room = _toldRoom, Held = _receiver.Held };
    }
}
