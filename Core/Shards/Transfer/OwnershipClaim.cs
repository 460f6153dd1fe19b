using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Gets leave to serve a shard that this copy does not serve: the master says who has it (and gives it to this group if
/// nobody has), and if that is another group, its copy is asked to relinquish it, along the redirects.
/// </summary>
/// <remarks>
/// Every epoch that is heard of on the way is passed on, so that what is granted in the end is higher than all of them.
/// Nothing is proposed here before leave is given: running out of time is a definite refusal. A tombstone that was left
/// at another copy on the way does no harm: that copy reports it, and whoever is asked for by the next claim has it.
/// </remarks>
internal sealed class OwnershipClaim
{
    // g1 → g2 → g3 is the longest chain that reports in time leave; more means that the groups' logs contradict each
    // other.
    private const int HopsMax = 6;

    private readonly ShardTurn _turn;
    private readonly PrimaryQuestions _primary;
    private readonly RelinquishReason _reason;
    private readonly ulong _contentDigest;
    private readonly GroupId? _source;
    private readonly Action<Epoch> _granted;
    private readonly Action<Message> _refused;
    private readonly Instant _deadline;
    private int _hops;

    private OwnershipClaim(
        ShardTurn turn, PrimaryQuestions primary, RelinquishReason reason, ulong contentDigest, GroupId? source,
        Action<Epoch> granted, Action<Message> refused)
    {
        _turn = turn;
        _primary = primary;
        _reason = reason;
        _contentDigest = contentDigest;
        _source = source;
        _granted = granted;
        _refused = refused;
        _deadline = turn.Now + turn.Config.ShardWait;
    }

    /// <summary>
    /// Begins a claim; it ends in one of the two continuations. A <paramref name="source"/> that is named is asked
    /// whether this is the content that it has handed over, also where the master has it that the shard is this
    /// group's already: (1) a hand-over is rolled back; (2) the next one is confirmed before the target has received
    /// anything; (3) the first one's snapshot arrives, which is older than what clients have written in between.
    /// </summary>
    internal static void Begin(
        ShardTurn turn, PrimaryQuestions primary, RelinquishReason reason, ulong contentDigest, GroupId? source,
        Action<Epoch> granted, Action<Message> refused)
    {
        OwnershipClaim claim = new(turn, primary, reason, contentDigest, source, granted, refused);
        primary.Ask(new LocateShard(turn.Config.Shard, turn.Self), turn.Config.ShardWait, claim.Located);
    }

    private void Located(Message? reply)
    {
        if (reply is not ShardOwner { Owner: { } owner } located)
        {
            _refused(NotNow("no master says who has the shard"));
            return;
        }

        // This copy's own tombstone may be newer than what has been reported to the master.
        ShardOwnership ownership = _turn.Ownership;
        if (ownership.Phase == TransferPhase.Released && ownership.Epoch >= located.Epoch)
            Ask(ownership.Other!.Value, ownership.Epoch, ownership.Release == ReleaseReason.Empty);
        else if (owner == _turn.Self && !located.MayOpenEmpty && _source is { } source && source != owner)
            Check(source, located.Epoch);
        else if (owner == _turn.Self)
            _granted(located.Epoch);
        else
            Ask(owner, located.Epoch, located.MayOpenEmpty);
    }

    private void Check(GroupId source, Epoch epoch)
    {
        TimeSpan left = _deadline - _turn.Now;
        if (left <= TimeSpan.Zero)
        {
            _refused(NotNow($"{source} does not say in time whether this is what it has handed over"));
            return;
        }

        CheckContent question = new(_turn.Self, epoch, _contentDigest);
        TimeSpan patience = left < _turn.Config.CallWait ? left : _turn.Config.CallWait;
        _turn.Call(NodeAddress.Of(source, _turn.Config.Shard), question, patience, reply =>
        {
            switch (reply)
            {
                case ShardDone:
                    _granted(epoch);
                    break;
                case ShardRefusal { Kind: ShardRefusalKind.WrongState } refusal:
                    _refused(refusal);
                    break;
                default:
                    _turn.After(_turn.Config.RetryInterval, () => Check(source, epoch));
                    break;
            }
        });
    }

    private void Ask(GroupId owner, Epoch known, bool mayBeEmpty)
    {
        TimeSpan left = _deadline - _turn.Now;
        if (left <= TimeSpan.Zero || _hops++ >= HopsMax)
        {
            _refused(NotNow($"{owner}, which has the shard, does not relinquish it in time"));
            return;
        }

        NodeAddress copy = NodeAddress.Of(owner, _turn.Config.Shard);
        RelinquishShard question = new(_turn.Self, _reason, _contentDigest, known) { MayBeEmpty = mayBeEmpty };
        TimeSpan patience = left < _turn.Config.CallWait ? left : _turn.Config.CallWait;
        _turn.Call(copy, question, patience, reply => OnReply(owner, known, mayBeEmpty, reply));
    }

    private void OnReply(GroupId asked, Epoch known, bool mayBeEmpty, Message? reply)
    {
        switch (reply)
        {
            case Relinquished yielded:
                _granted(yielded.Epoch);
                break;
            case ShardRefusal { Kind: ShardRefusalKind.Moved, Owner: { } other } moved
                when other != asked && other != _turn.Self:
                Ask(other, BeginRules.Later(known, moved.Epoch), moved.MayBeEmpty);
                break;
            case ShardRefusal { Kind: ShardRefusalKind.Moved or ShardRefusalKind.WrongState } refusal:
                _refused(refusal);
                break;
            default:
                // Not ready, being rolled back, unknown, or no answer at all: giving way may be asked for again.
                _hops--;
                _turn.After(_turn.Config.RetryInterval, () => Ask(asked, known, mayBeEmpty));
                break;
        }
    }

    private ShardRefusal NotNow(string text) => Refusals.NotReady(_turn.Ownership, text);
}
