using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

/// <summary>
/// What a copy does that is asked for a shard which, as far as its own log says, it does not have: it asks the primary,
/// one question for all that wait, and begins with nothing only where the master's log says that it may.
/// </summary>
internal sealed class FirstUse(ShardTurn turn, PrimaryQuestions primary)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private List<(Event.Called Call, bool Opens, Action Then)> _waiting = [];
    private bool _isAsking;
    private Instant? _lookedAt;
    private ShardOwner? _word;

    /// <summary>Never opened here: asks, opens where allowed, and goes on; else refuses.</summary>
    /// <param name="call">Who waits.</param>
    /// <param name="opens">Whether it may open the shard; false for what only looks.</param>
    /// <param name="then">How it goes on once the shard is open.</param>
    internal void Ask(Event.Called call, bool opens, Action then)
    {
        if (_waiting.Count >= turn.Config.WaitingMax)
        {
            turn.Refuse(call, Refusals.NotReady(turn.Ownership, "too many wait for the shard to be opened"));
            return;
        }

        _waiting.Add((call, opens, then));
        if (!_isAsking)
        {
            _isAsking = true;
            primary.Ask(new QueryShard(turn.Config.Shard), turn.Config.KeyWait, OnReply);
        }
    }

    /// <summary>
    /// Where a released copy points. Its own log says who got the shard; the master may know better since. Both may
    /// have named each other: (1) this copy gives the shard to g2 without content; (2) g2, not having begun, gives it
    /// back in the same way, so that this copy is to begin; (3) the seed for which it asked is lost in a crash. Nobody
    /// would ever begin. So it asks the master again, once a second at most, and opens if it is told that it may.
    /// </summary>
    internal ShardRefusal Redirect()
    {
        ShardOwnership ownership = turn.Ownership;
        LookAgain();
        if (_word is not { Owner: { } owner } word || word.Epoch <= ownership.Epoch)
            return Refusals.NotServing(ownership);

        return owner == turn.Self
            ? Refusals.HandingOver(ownership, "the shard is this group's, and waits for its content")
            : Refusals.Moved(owner, word.Epoch);
    }

    private void LookAgain()
    {
        if (_lookedAt is { } at && turn.Now - at < LookAgainAfter)
            return;

        _lookedAt = turn.Now;
        primary.Ask(new QueryShard(turn.Config.Shard), turn.Config.CallWait, reply =>
        {
            _word = reply as ShardOwner ?? _word;
            if (turn.Ownership.Phase == TransferPhase.Released && MayOpen(_word))
                Open(_word!.Epoch, static _ => { });
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
            ShardOwner => Refusals.HandingOver(turn.Ownership, "the shard is this group's, and waits for its content"),
            _ => Refusals.NotReady(turn.Ownership, "no master says who has the shard"),
        });
    }

    private void Open(Epoch epoch, Action<Message?> then) => turn.Propose(
        new TransferEntry.Open(epoch),
        outcome => then(turn.Ownership.Phase == TransferPhase.None ? outcome : null),
        then);

    /// <summary>Lets all that wait go on, or refuses them. Nothing of theirs was proposed: a refusal is certain.</summary>
    private void End(Message? obstacle)
    {
        List<(Event.Called Call, bool Opens, Action Then)> waited = _waiting;
        _waiting = [];
        _isAsking = false;
        foreach ((Event.Called call, _, Action then) in waited)
        {
            if (obstacle is null)
            {
                then();
            }
            else
            {
                turn.Refuse(
                    call, obstacle as ShardRefusal ?? Refusals.NotReady(turn.Ownership, "the shard was not opened"));
            }
        }
    }
}
