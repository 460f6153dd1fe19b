using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Gets permission to serve a shard that this copy does not serve. The master names the owner (this group if the shard has
/// none); if that is another group, its copy is asked to relinquish the shard, along the redirects. Calls <c>granted</c> with the epoch
/// at which this copy may serve, or <c>refused</c> with a definite refusal.
/// </summary>
/// <remarks>
/// Each question carries the newest epoch heard of so far, so that the granted epoch is higher than all of them. Nothing is
/// proposed here before the grant: a timeout is a definite refusal. A tombstone that a failed claim leaves at another copy
/// does no harm: that copy reports it, and the next claim finds it.
/// </remarks>
internal sealed class OwnershipClaim(
    ShardTurn turn, RelinquishReason reason, ulong contentDigest, GroupId? source, Action<Epoch> granted, Action<Message> refused)
{
    // Reports that arrive in time leave at most the chain g1 → g2 → g3; more means that the groups' logs contradict each other.
    private const int HopsMax = 6;

    private readonly Instant _deadline = turn.Now + turn.Config.ShardTimeout;
    private int _hops;

    internal void Begin() => turn.AskPrimary(new LocateShard(turn.Config.Shard, turn.Self), turn.Config.ShardTimeout, OnLocated);

    private void OnLocated(Message? reply)
    {
        if (reply is not ShardOwner { Owner: { } owner } located)
        {
            refused(Refusals.NotReady(turn.Ownership, "no master says who has the shard"));
            return;
        }

        // This copy's own tombstone may be newer than what has been reported to the master.
        ShardOwnership ownership = turn.Ownership;
        if (ownership.Phase == TransferPhase.Released && ownership.Epoch >= located.Epoch)
            AskOwner(ownership.Other!.Value, ownership.Epoch, ownership.Release == ReleaseReason.Empty);
        else if (owner == turn.Self && !located.MayOpenEmpty && source is { } from && from != owner)
            AskSource(from, located.Epoch);
        else if (owner == turn.Self)
            granted(located.Epoch);
        else
            AskOwner(owner, located.Epoch, located.MayOpenEmpty);
    }

    // A source that the client names is asked whether this is the content that it has handed over, although the master
    // already names this group the owner: (1) a hand-over is rolled back; (2) the next one is confirmed before the target has
    // received anything; (3) the first one's snapshot arrives, which is older than what clients have written in between.
    private void AskSource(GroupId from, Epoch epoch)
    {
        CheckContent question = new(turn.Self, epoch, contentDigest);
        Ask(from, question, $"{from} does not say in time whether this is what it has handed over", reply =>
        {
            switch (reply)
            {
                case ShardDone:
                    granted(epoch);
                    break;
                case ShardRefusal { Kind: ShardRefusalKind.WrongState } refusal:
                    refused(refusal);
                    break;
                default:
                    turn.After(turn.Config.RetryInterval, () => AskSource(from, epoch));
                    break;
            }
        });
    }

    private void AskOwner(GroupId owner, Epoch known, bool mayBeEmpty)
    {
        RelinquishShard question = new(turn.Self, reason, contentDigest, known) { MayBeEmpty = mayBeEmpty };
        Ask(owner, question, $"{owner}, which has the shard, does not relinquish it in time", reply =>
        {
            switch (reply)
            {
                case Relinquished relinquished:
                    granted(relinquished.Epoch);
                    break;
                case ShardRefusal { Kind: ShardRefusalKind.Moved, Owner: { } other } moved when other != owner && other != turn.Self:
                    _hops++;
                    AskOwner(other, HandOverRules.Later(known, moved.Epoch), moved.MayBeEmpty);
                    break;
                case ShardRefusal { Kind: ShardRefusalKind.Moved or ShardRefusalKind.WrongState } refusal:
                    refused(refusal);
                    break;
                default:
                    // Not ready, being rolled back, unknown, or no answer: the question may be repeated.
                    turn.After(turn.Config.RetryInterval, () => AskOwner(owner, known, mayBeEmpty));
                    break;
            }
        });
    }

    private void Ask(GroupId group, Message question, string late, Action<Message?> then)
    {
        if (turn.Now >= _deadline || _hops >= HopsMax)
            refused(Refusals.NotReady(turn.Ownership, late));
        else
            turn.CallCopy(group, question, turn.CallTimeout(_deadline), then);
    }
}
