namespace OrleansShards.Core.Shards;

/// <summary>
/// Rolling a prepared hand-over back. Where the target was never told that it may take the shard, this log alone
/// decides. Else the target is asked to discard first, for two reasons: it may be serving already, and a snapshot that
/// is still on its way must find it warned.
/// </summary>
internal static class AbortRules
{
    internal static Decision Start(ShardFacts facts, TransferEntry.StartAbort entry)
    {
        ShardOwnership ownership = facts.Ownership;
        return ownership.Phase switch
        {
            TransferPhase.Sealed or TransferPhase.Granted when ownership.Granted != entry.Granted =>
                Decision.Same(Refusals.WrongState(ownership, $"the hand-over at epoch {entry.Granted} is over")),
            TransferPhase.Granted => Decision.To(ownership with { Phase = TransferPhase.Aborting }),
            TransferPhase.Sealed => Decision.To(ServingAgain(ownership)),
            TransferPhase.Aborting => Decision.Same(ShardDone.Instance),
            TransferPhase.Serving when ownership.AbortedInto == ownership.Epoch => Decision.Same(ShardDone.Instance),
            TransferPhase.Serving or TransferPhase.None =>
                Decision.Same(Refusals.WrongState(ownership, "nothing is prepared")),
            TransferPhase.Released =>
                Decision.Same(Refusals.WrongState(ownership, "the hand-over is done", ownership.Other)),
            TransferPhase.Moving => Decision.Same(Refusals.WrongState(ownership, "nothing is prepared")),
        };
    }

    internal static Decision Finish(ShardFacts facts, TransferEntry.FinishAbort entry)
    {
        ShardOwnership ownership = facts.Ownership;
        return IsAborting(ownership, entry.Granted)
            ? Decision.To(ServingAgain(ownership))
            : Decision.Same(Refusals.WrongState(ownership, $"the hand-over at epoch {entry.Granted} is over"));
    }

    internal static Decision Refuse(ShardFacts facts, TransferEntry.RefuseAbort entry)
    {
        ShardOwnership ownership = facts.Ownership;
        if (!IsAborting(ownership, entry.Granted))
            return Decision.Same(Refusals.WrongState(ownership, $"the hand-over at epoch {entry.Granted} is over"));

        ShardOwnership next = ownership with { Phase = TransferPhase.Granted };
        return Decision.To(next, TargetServes(next));
    }

    /// <summary>What whoever asked for the abort is told when the target refuses.</summary>
    internal static ShardRefusal TargetServes(ShardOwnership ownership) =>
        Refusals.WrongState(ownership, $"clients are served by {ownership.Other} already", ownership.Other);

    private static bool IsAborting(ShardOwnership ownership, Epoch granted) =>
        ownership.Phase == TransferPhase.Aborting && ownership.Granted == granted;

    // Two epochs on: the one between was granted to the target, and nobody may serve at it any more.
    private static ShardOwnership ServingAgain(ShardOwnership ownership) => ownership with
    {
        Phase = TransferPhase.Serving,
        Epoch = ownership.Granted.Next(),
        Other = null,
        Granted = Epoch.None,
        AbortedInto = ownership.Granted.Next(),
    };
}
