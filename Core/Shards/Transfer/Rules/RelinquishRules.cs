namespace OrleansShards.Core.Shards;

/// <summary>
/// When a copy relinquishes its shard to another group that asks for the shard. Whatever is granted is logged first: from then on
/// this copy cannot serve without a later hand-over, so the asker may.
/// </summary>
internal static class RelinquishRules
{
    private const string Differs = "the snapshot differs from what was prepared";

    /// <summary>
    /// Whether somebody has named this group the owner at a later epoch than its own log knows. If it may not begin
    /// with nothing, its content has yet to come: (1) a coordinator holds the snapshot and has the source confirmed;
    /// (2) before it reaches the target, an older snapshot comes late to another group; (3) a target that gave way to
    /// that one would refuse the right one afterwards.
    /// </summary>
    internal static bool HasNotBegun(ShardOwnership ownership, Epoch known) => ownership.Phase == TransferPhase.None
        || (ownership.Phase == TransferPhase.Released && known > ownership.Epoch);

    internal static Decision Relinquish(ShardFacts facts, TransferEntry.Relinquish entry)
    {
        ShardOwnership ownership = facts.Ownership;
        return ownership.Phase switch
        {
            TransferPhase.None => GiveAway(ownership, entry),
            TransferPhase.Serving when entry.Reason == RelinquishReason.Seed && facts.IsEmpty => GiveAway(ownership, entry),
            TransferPhase.Serving => Decision.Same(Refusals.Moved(facts.Self, ownership.Epoch)),
            TransferPhase.Sealed or TransferPhase.Granted => WhileSealed(facts, entry),
            TransferPhase.Aborting or TransferPhase.Moving => Decision.Same(Refusals.NotServing(ownership)),
            TransferPhase.Released => WhileReleased(ownership, entry),
        };
    }

    // A later first use must not open the shard here: the tombstone stays.
    private static Decision GiveAway(ShardOwnership ownership, TransferEntry.Relinquish entry)
    {
        Epoch epoch = BeginRules.Later(ownership.Epoch, entry.Known).Next();
        ShardOwnership released = SourceRules.Released(ownership, entry.To, epoch, ReleaseReason.Empty);
        return Decision.To(released, new Relinquished(epoch), ContentChange.Drop);
    }

    private static Decision WhileSealed(ShardFacts facts, TransferEntry.Relinquish entry)
    {
        ShardOwnership ownership = facts.Ownership;
        if (entry.Reason != RelinquishReason.Receive || entry.To != ownership.Other)
        {
            return Decision.Same(
                Refusals.WrongState(ownership, $"cannot be given to {entry.To} while it is handed over", facts.Self));
        }

        if (entry.ContentDigest != facts.ContentDigest())
            return Decision.Same(Refusals.WrongState(ownership, Differs, facts.Self));

        Relinquished yielded = new(ownership.Granted);
        return ownership.Phase == TransferPhase.Granted
            ? Decision.Same(yielded)
            : Decision.To(ownership with { Phase = TransferPhase.Granted }, yielded);
    }

    private static Decision WhileReleased(ShardOwnership ownership, TransferEntry.Relinquish entry)
    {
        if (HasNotBegun(ownership, entry.Known))
        {
            // The same as if it had never been opened.
            return GiveAway(ownership, entry);
        }

        if (entry.To != ownership.Other)
            return Decision.Same(Refusals.Moved(ownership));

        return entry.Reason == RelinquishReason.Receive && IsOther(ownership, entry.ContentDigest)
            ? Decision.Same(Refusals.WrongState(ownership, Differs, ownership.Other))
            : Decision.Same(new Relinquished(ownership.Epoch));
    }

    /// <summary>The answer to whoever asks only whether a snapshot is what this copy has handed over.</summary>
    internal static Message Check(ShardOwnership ownership, CheckContent question)
    {
        bool hasHandedOver = ownership.Phase == TransferPhase.Released && ownership.Other == question.To
            && ownership.Epoch == question.Epoch;
        return !hasHandedOver
            ? Refusals.WrongState(ownership, $"nothing was handed over to {question.To} at epoch {question.Epoch}", ownership.Other)
            : IsOther(ownership, question.ContentDigest) ? Refusals.WrongState(ownership, Differs, ownership.Other)
            : ShardDone.Instance;
    }

    // What the cluster has moved is in the target's log already: no snapshot in a client's hands is that content.
    private static bool IsOther(ShardOwnership ownership, ulong contentDigest) => ownership.Release == ReleaseReason.Moved
        || (ownership.Release == ReleaseReason.Confirmed && contentDigest != ownership.ReleasedDigest);
}
