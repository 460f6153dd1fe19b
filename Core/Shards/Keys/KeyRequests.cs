using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Shards;

/// <summary>Operations on keys. The call itself is the context of the proposal or read, so that nothing else is allocated.</summary>
/// <remarks>
/// A copy that does not serve refuses only after its log has proved that it still leads. A refusal ends the request for its
/// router, and a newer activation of this copy might have carried it out.
/// </remarks>
internal sealed class KeyRequests
{
    private readonly ShardTurn _turn;
    private readonly FirstUse _firstUse;
    private readonly SealedReads _sealedReads;
    private readonly Func<bool> _mayReadWhileMoving;
    private readonly ByteWriter _entry = new();

    internal KeyRequests(ShardTurn turn, FirstUse firstUse, Func<bool> mayReadWhileMoving)
    {
        (_turn, _firstUse, _mayReadWhileMoving) = (turn, firstUse, mayReadWhileMoving);
        _sealedReads = new SealedReads(turn, Receive);
        Held = new HeldRequests(turn, Receive);
    }

    internal HeldRequests Held { get; }

    internal void Receive(Event.Called call)
    {
        var request = (KeyRequest)call.Request;
        if (_turn.Ownership.Phase == TransferPhase.Serving && Excess(request) is not null)
        {
            RefuseWhenReadable(call);
            return;
        }

        if (_turn.Ownership.Phase == TransferPhase.Serving && !IsPlainRead(request) && !IsLate(request))
            Propose(call, request);
        else
            _turn.Replica.Read(call, _turn.Output);
    }

    /// <summary>The log has proved that this copy led after the call arrived: it may answer from its state.</summary>
    internal void OnReadable(Event.Called call)
    {
        var request = (KeyRequest)call.Request;
        switch (_turn.Ownership.Phase)
        {
            case TransferPhase.Serving when IsPlainRead(request):
                _turn.Answer(call, _turn.State.Read(request.Command.Key));
                break;
            case TransferPhase.Serving when IsLate(request):
                _turn.Answer(call, TooLate(request));
                break;
            case TransferPhase.Serving when Excess(request) is { } excess:
                // (1) An attempt is proposed; (2) others fill the shard; (3) the request is repeated. The first attempt is applied by
                // now, and its recorded answer must be given: a refusal would say that it never took effect.
                _turn.Answer(call, (Message?)_turn.State.Recorded(request.Session, request.Command.Verb) ?? excess);
                break;
            case TransferPhase.Serving:
                Propose(call, request);
                break;
            case TransferPhase.None when !Held.IsPaused:
                _firstUse.EnsureOpen(call, opens: true, () => Receive(call));
                break;
            case TransferPhase.Granted:
            case TransferPhase.Sealed:
            case TransferPhase.Aborting:
            case TransferPhase.Released:
            case TransferPhase.SealedForMove:
            case TransferPhase.Restoring:
            case TransferPhase.None:
                NotServing(call, request);
                break;
        }
    }

    private void NotServing(Event.Called call, KeyRequest request)
    {
        ShardOwnership ownership = _turn.Ownership;
        if (_turn.State.Recorded(request.Session, request.Command.Verb) is { } recorded)
        {
            // Carried out here before: the target has the clients' sessions, but no other copy has this router's.
            _turn.Answer(call, recorded);
        }
        else if (ownership.Phase == TransferPhase.SealedForMove && request.Command.Verb == KeyVerb.Read && _mayReadWhileMoving())
        {
            _turn.Answer(call, _turn.State.Read(request.Command.Key));
        }
        else if (Held.IsPaused)
        {
            Held.Hold(call);
        }
        else if (ownership.Phase == TransferPhase.Released)
        {
            _turn.Answer(call, _firstUse.Redirect());
        }
        else if (ownership.Phase is TransferPhase.Granted or TransferPhase.Aborting)
        {
            _sealedReads.Ask(call);
        }
        else if (request.Command.Verb == KeyVerb.Read && ownership.Phase != TransferPhase.Restoring)
        {
            // The target was never told that it may take the shard: the sealed content is current.
            _turn.Answer(call, _turn.State.Read(request.Command.Key));
        }
        else
        {
            _turn.Answer(call, Refusals.NotServing(ownership));
        }
    }

    private void Propose(Event.Called call, KeyRequest request)
    {
        _entry.Clear();
        KeyEntry.Write(_entry, request, SessionBytesBound(request));
        _turn.Replica.Propose(_entry.ToArray(), call, _turn.Output);
    }

    private void RefuseWhenReadable(Event.Called call) => _turn.Replica.Read(call, _turn.Output);

    private long SessionBytesBound(KeyRequest request) =>
        _turn.State.SessionBytesBound(request.Session.Kind, _turn.Config.Limits.SessionBytesMax);

    private ShardRefusal? Excess(KeyRequest request) => _turn.Config.Limits.RefusalOf(request) is { } tooLarge
        ? tooLarge with { Epoch = _turn.Ownership.Epoch }
        : _turn.Full(GrowthAtMost(request)) is null ? null
        : _turn.Full(_turn.State.GrowthBy(request.Command));

    // What it adds where the key is absent: comparing two numbers is enough while there is room.
    private static long GrowthAtMost(KeyRequest request) => request.Command.Verb is KeyVerb.Write or KeyVerb.CompareAndSet
        ? (long)request.Command.Key.Span.Length + request.Command.Value.Span.Length
        : 0;

    // Whether the shard's epoch has changed since the router looked: another group may have served the shard in between.
    private bool IsLate(KeyRequest request) => request.MeantFor is { } epoch && epoch != _turn.Ownership.Epoch;

    private Message TooLate(KeyRequest request) =>
        (Message?)_turn.State.Recorded(request.Session, request.Command.Verb)
        ?? Refusals.Moved(_turn.Self, _turn.Ownership.Epoch);

    private static bool IsPlainRead(KeyRequest request) =>
        request.Command.Verb == KeyVerb.Read && request.Session.Kind == SessionKind.None;
}
