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
        ShardStanding standing = facts.Standing;
        return standing.Phase switch
        {
            TransferPhase.Sealed or TransferPhase.Granted when standing.Granted != entry.Granted =>
                Decision.Same(Refusals.WrongState(standing, $"the hand-over at epoch {entry.Granted} is over")),
            TransferPhase.Granted => Decision.To(standing with { Phase = TransferPhase.Aborting }),
            TransferPhase.Sealed => Decision.To(ServingAgain(standing)),
            TransferPhase.Aborting => Decision.Same(ShardDone.Instance),
            TransferPhase.Serving when standing.AbortedInto == standing.Epoch => Decision.Same(ShardDone.Instance),
            TransferPhase.Serving or TransferPhase.None =>
                Decision.Same(Refusals.WrongState(standing, "nothing is prepared")),
            TransferPhase.Released =>
                Decision.Same(Refusals.WrongState(standing, "the hand-over is done", standing.Other)),
            TransferPhase.Moving => Decision.Same(Refusals.WrongState(standing, "nothing is prepared")),
        };
    }

    internal static Decision Finish(ShardFacts facts, TransferEntry.FinishAbort entry)
    {
        ShardStanding standing = facts.Standing;
        return IsAborting(standing, entry.Granted)
            ? Decision.To(ServingAgain(standing))
            : Decision.Same(Refusals.WrongState(standing, $"the hand-over at epoch {entry.Granted} is over"));
    }

    internal static Decision Refuse(ShardFacts facts, TransferEntry.RefuseAbort entry)
    {
        ShardStanding standing = facts.Standing;
        if (!IsAborting(standing, entry.Granted))
        {
            return Decision.Same(Refusals.WrongState(standing, $"the hand-over at epoch {entry.Granted} is over"));
        }

        ShardStanding next = standing with { Phase = TransferPhase.Granted };
        return Decision.To(next, TargetServes(next));
    }

    /// <summary>What whoever asked for the abort is told when the target refuses.</summary>
    internal static ShardRefusal TargetServes(ShardStanding standing) =>
        Refusals.WrongState(standing, $"clients are served by {standing.Other} already", standing.Other);

    private static bool IsAborting(ShardStanding standing, Epoch granted) =>
        standing.Phase == TransferPhase.Aborting && standing.Granted == granted;

    // Two epochs on: the one between was granted to the target, and nobody may serve at it any more.
    private static ShardStanding ServingAgain(ShardStanding standing) => standing with
    {
        Phase = TransferPhase.Serving,
        Epoch = standing.Granted.Next(),
        Other = null,
        Granted = Epoch.None,
        AbortedInto = standing.Granted.Next(),
    };
}
