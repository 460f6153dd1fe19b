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
        if (entry.MeantFor != Epoch.None && entry.MeantFor != standing.Epoch && standing.Phase != ShardPhase.Released)
        {
            return Decision.Same(Refusals.TooLate(standing, entry.MeantFor));
        }

        return standing.Phase switch
        {
            ShardPhase.None => Decision.Same(Refusals.NotServing(standing)),
            ShardPhase.Serving => Decision.To(standing with
            {
                Phase = ShardPhase.Sealed,
                Other = entry.Target,
                Granted = standing.Epoch.Next(),
                IsGrantGiven = false,
            }),
            ShardPhase.Sealed when standing.Other == entry.Target => Decision.Same(ShardDone.Instance),
            ShardPhase.Sealed or ShardPhase.Aborting or ShardPhase.Moving =>
                Decision.Same(Refusals.WrongState(standing, $"cannot be prepared for {entry.Target} now")),
            ShardPhase.Released => Decision.Same(Refusals.Moved(standing)),
        };
    }

    internal static Decision Confirm(ShardFacts facts, TransferEntry.Confirm entry)
    {
        ShardStanding standing = facts.Standing;
        return standing.Phase switch
        {
            ShardPhase.Sealed when standing.Granted == entry.Granted => Decision.To(
                Released(standing, standing.Other!.Value, standing.Granted, ReleaseReason.Confirmed) with
                {
                    ReleasedDigest = facts.ContentDigest(),
                },
                ContentChange.Drop),
            ShardPhase.Released when standing.Release == ReleaseReason.Confirmed => Decision.Same(ShardDone.Instance),
            ShardPhase.Aborting => Decision.Same(Refusals.WrongState(standing, "cannot be confirmed now")),
            ShardPhase.None or ShardPhase.Serving or ShardPhase.Sealed or ShardPhase.Released or ShardPhase.Moving =>
                Decision.Same(Refusals.WrongState(standing, "nothing is prepared", standing.Other)),
        };
    }

    /// <summary>The standing of a copy that gives the shard away.</summary>
    internal static ShardStanding Released(ShardStanding standing, GroupId to, Epoch epoch, ReleaseReason reason) =>
        standing with
        {
            Phase = ShardPhase.Released,
            Epoch = epoch,
            Other = to,
            Granted = Epoch.None,
            IsGrantGiven = false,
            Release = reason,
            ReleasedDigest = 0,
            IsServed = false,
            AbortedInto = Epoch.None,
        };
}
