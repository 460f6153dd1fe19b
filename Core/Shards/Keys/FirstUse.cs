using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Requests for a shard that, as far as this copy's log says, the copy does not have. It asks the primary, one question for
/// all requests that wait, and begins with an empty shard only where the master's log says that it may.
/// </summary>
internal sealed class FirstUse(ShardTurn turn)
{
    private static readonly TimeSpan RecheckInterval = TimeSpan.FromSeconds(1);

    private List<(Event.Called Call, bool Opens, Action Then)> _waiting = [];
    private bool _isAsking;
    private Instant? _checkedAt;
    private ShardOwner? _known;

    /// <summary>Continues if the copy was opened before; else asks the primary, and opens the shard (if the call may) or refuses.</summary>
    internal void EnsureOpen(Event.Called call, bool opens, Action then)
    {
        if (turn.Ownership.Phase != TransferPhase.None)
        {
            then();
            return;
        }

        if (_waiting.Count >= turn.Config.WaitingMax)
        {
            turn.Refuse(call, Refusals.NotReady(turn.Ownership, "too many wait for the shard to be opened"));
            return;
        }

        _waiting.Add((call, opens, then));
        if (!_isAsking)
        {
            _isAsking = true;
            turn.AskPrimary(new QueryShard(turn.Config.Shard), turn.Config.KeyTimeout, OnReply);
        }
    }

    /// <summary>
    /// A released copy's redirect. Its own log says who got the shard, but the master may know a later owner, and two copies may
    /// point at each other: (1) this copy gives the shard to g2 without content; (2) g2, which has not begun, gives it back in
    /// the same way, so that this copy is to begin; (3) the seed for which it asked is lost in a crash. Nobody would ever begin.
    /// So this copy asks the master again, at most once a second, and opens the shard if the master says that it may.
    /// </summary>
    internal ShardRefusal Redirect()
    {
        ShardOwnership ownership = turn.Ownership;
        Recheck();
        if (_known is not { Owner: { } owner } known || known.Epoch <= ownership.Epoch)
            return Refusals.NotServing(ownership);

        return owner == turn.Self ? Refusals.AwaitsContent(ownership) : Refusals.Moved(owner, known.Epoch);
    }

    private void Recheck()
    {
        if (_checkedAt is { } at && turn.Now - at < RecheckInterval)
            return;

        _checkedAt = turn.Now;
        turn.AskPrimary(new QueryShard(turn.Config.Shard), turn.Config.CallTimeout, reply =>
        {
            _known = reply as ShardOwner ?? _known;
            if (turn.Ownership.Phase == TransferPhase.Released && MayOpen(_known))
                Open(_known!.Epoch, static _ => { });
        });
    }

    private bool MayOpen(ShardOwner? owner) =>
        owner is { MayOpenEmpty: true } && owner.Owner == turn.Self && owner.Epoch > turn.Ownership.Epoch;

    private void OnReply(Message? reply)
    {
        if (reply is ShardOwner owner && MayOpen(owner) && _waiting.Exists(static waiting => waiting.Opens))
        {
            Open(owner.Epoch, End);
            return;
        }

        End(turn.Ownership.Phase != TransferPhase.None ? null : reply switch
        {
            ShardOwner { Owner: null } => Refusals.NotServing(turn.Ownership),
            ShardOwner known when MayOpen(known) => Refusals.NotServing(turn.Ownership),
            ShardOwner { Owner: { } group } known when group != turn.Self => Refusals.Moved(group, known.Epoch),
            ShardOwner => Refusals.AwaitsContent(turn.Ownership),
            _ => Refusals.NotReady(turn.Ownership, "no master says who has the shard"),
        });
    }

    private void Open(Epoch epoch, Action<Message?> then) => turn.Propose(
        new TransferEntry.Open(epoch),
        outcome => then(turn.Ownership.Phase == TransferPhase.None ? outcome : null),
        then);

    /// <summary>Continues or refuses all calls that wait. None of them was proposed, so a refusal is definite.</summary>
    private void End(Message? obstacle)
    {
        List<(Event.Called Call, bool Opens, Action Then)> waited = _waiting;
        _waiting = [];
        _isAsking = false;
        foreach ((Event.Called call, _, Action then) in waited)
        {
            if (obstacle is null)
                then();
            else
                turn.Refuse(call, obstacle as ShardRefusal ?? Refusals.NotReady(turn.Ownership, "the shard was not opened"));
        }
    }
}
