namespace OrleansShards.Core.Shards;

/// <summary>The source's side of a hand-over: prepare and confirm.</summary>
internal static class SourceRules
{
    internal static Decision Prepare(ShardFacts facts, TransferEntry.Prepare entry)
    {
        ShardStanding standing = facts.Standing;
        if (entry.Target == facts.Self)
        {
            return Decision.Same(Refusals.WrongState(standing, "cannot be handed over to the group that asks"));
        }

        // (1) A preparation is proposed behind a move's seal and the end of that move, which wait for the log as well, and
        // is not answered in time; (2) its repetition finds that the epoch is over, and is refused for certain. Were the
        // first carried out, before or after that, the shard would stay sealed: its coordinator knows of nothing to end.
        if (entry.MeantFor != Epoch.None && entry.MeantFor != standing.Epoch && standing.Phase != TransferPhase.Released)
        {
            return Decision.Same(Refusals.TooLate(standing, entry.MeantFor));
        }

        return standing.Phase switch
        {
            TransferPhase.None => Decision.Same(Refusals.NotServing(standing)),
            TransferPhase.Serving => Decision.To(standing with
            {
                Phase = TransferPhase.Sealed,
                Other = entry.Target,
                Granted = standing.Epoch.Next(),
            }),
            TransferPhase.Sealed or TransferPhase.Granted when standing.Other == entry.Target =>
                Decision.Same(ShardDone.Instance),
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                Decision.Same(Refusals.WrongState(standing, $"cannot be prepared for {entry.Target} now")),
            TransferPhase.Released => Decision.Same(Refusals.Moved(standing)),
        };
    }

    internal static Decision Confirm(ShardFacts facts, TransferEntry.Confirm entry)
    {
        ShardStanding standing = facts.Standing;
        return standing.Phase switch
        {
            TransferPhase.Sealed or TransferPhase.Granted when standing.Granted == entry.Granted => Decision.To(
                Released(standing, standing.Other!.Value, standing.Granted, ReleaseReason.Confirmed) with
                {
                    ReleasedDigest = facts.ContentDigest(),
                },
                ContentChange.Drop),
            TransferPhase.Released when standing.Release == ReleaseReason.Confirmed => Decision.Same(ShardDone.Instance),
            TransferPhase.Aborting => Decision.Same(Refusals.WrongState(standing, "cannot be confirmed now")),
            TransferPhase.None or TransferPhase.Serving or TransferPhase.Sealed or TransferPhase.Granted
                or TransferPhase.Released or TransferPhase.Moving =>
                Decision.Same(Refusals.WrongState(standing, "nothing is prepared", standing.Other)),
        };
    }

    /// <summary>The standing of a copy that gives the shard away.</summary>
    internal static ShardStanding Released(ShardStanding standing, GroupId to, Epoch epoch, ReleaseReason reason) =>
        standing with
        {
            Phase = TransferPhase.Released,
            Epoch = epoch,
            Other = to,
            Granted = Epoch.None,
            Release = reason,
            ReleasedDigest = 0,
            IsServed = false,
            AbortedInto = Epoch.None,
        };
}
