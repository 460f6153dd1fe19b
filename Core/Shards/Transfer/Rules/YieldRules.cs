using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// When a copy gives way to another group that asks for the shard. Whatever is granted is logged first: from then on
/// this copy cannot serve without a later hand-over, so the asker may.
/// </summary>
internal static class YieldRules
{
    private const string Differs = "the snapshot differs from what was prepared";

    /// <summary>
    /// Whether somebody has named this group the owner at a later epoch than its own log knows. If it may not begin
    /// with nothing, its content has yet to come: (1) a coordinator holds the snapshot and has the source confirmed;
    /// (2) before it reaches the target, an older snapshot comes late to another group; (3) a target that gave way to
    /// that one would refuse the right one afterwards.
    /// </summary>
    internal static bool HasNotBegun(ShardStanding standing, Epoch known) => standing.Phase == TransferPhase.None
        || (standing.Phase == TransferPhase.Released && known > standing.Epoch);

    internal static Decision Yield(ShardFacts facts, TransferEntry.Yield entry)
    {
        ShardStanding standing = facts.Standing;
        return standing.Phase switch
        {
            TransferPhase.None => GiveAway(standing, entry),
            TransferPhase.Serving when entry.Reason == YieldReason.Seed && facts.IsEmpty => GiveAway(standing, entry),
            TransferPhase.Serving => Decision.Same(Refusals.Moved(facts.Self, standing.Epoch)),
            TransferPhase.Sealed or TransferPhase.Granted => WhileSealed(facts, entry),
            TransferPhase.Aborting or TransferPhase.Moving => Decision.Same(Refusals.NotServing(standing)),
            TransferPhase.Released => WhileReleased(standing, entry),
        };
    }

    // A later first use must not open the shard here: the tombstone stays.
    private static Decision GiveAway(ShardStanding standing, TransferEntry.Yield entry)
    {
        Epoch epoch = BeginRules.Later(standing.Epoch, entry.Known).Next();
        ShardStanding released = SourceRules.Released(standing, entry.To, epoch, ReleaseReason.Empty);
        return Decision.To(released, new Yielded(epoch), ContentChange.Drop);
    }

    private static Decision WhileSealed(ShardFacts facts, TransferEntry.Yield entry)
    {
        ShardStanding standing = facts.Standing;
        if (entry.Reason != YieldReason.Receive || entry.To != standing.Other)
        {
            return Decision.Same(
                Refusals.WrongState(standing, $"cannot be given to {entry.To} while it is handed over", facts.Self));
        }

        if (entry.ContentDigest != facts.ContentDigest())
        {
            return Decision.Same(Refusals.WrongState(standing, Differs, facts.Self));
        }

        Yielded yielded = new(standing.Granted);
        return standing.Phase == TransferPhase.Granted
            ? Decision.Same(yielded)
            : Decision.To(standing with { Phase = TransferPhase.Granted }, yielded);
    }

    private static Decision WhileReleased(ShardStanding standing, TransferEntry.Yield entry)
    {
        if (HasNotBegun(standing, entry.Known))
        {
            // The same as if it had never been opened.
            return GiveAway(standing, entry);
        }

        if (entry.To != standing.Other)
        {
            return Decision.Same(Refusals.Moved(standing));
        }

        return entry.Reason == YieldReason.Receive && IsOther(standing, entry.ContentDigest)
            ? Decision.Same(Refusals.WrongState(standing, Differs, standing.Other))
            : Decision.Same(new Yielded(standing.Epoch));
    }

    /// <summary>The answer to whoever asks only whether a snapshot is what this copy has handed over.</summary>
    internal static Message Check(ShardStanding standing, CheckContent question)
    {
        bool hasHandedOver = standing.Phase == TransferPhase.Released && standing.Other == question.To
            && standing.Epoch == question.Epoch;
        return !hasHandedOver
            ? Refusals.WrongState(standing, $"nothing was handed over to {question.To} at epoch {question.Epoch}", standing.Other)
            : IsOther(standing, question.ContentDigest) ? Refusals.WrongState(standing, Differs, standing.Other)
            : ShardDone.Instance;
    }

    // What the cluster has moved is in the target's log already: no snapshot in a client's hands is that content.
    private static bool IsOther(ShardStanding standing, ulong contentDigest) => standing.Release == ReleaseReason.Moved
        || (standing.Release == ReleaseReason.Confirmed && contentDigest != standing.ReleasedDigest);
}
