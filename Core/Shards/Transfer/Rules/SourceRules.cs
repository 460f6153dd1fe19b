namespace OrleansShards.Core.Shards;

/// <summary>The source's side of a hand-over: prepare and confirm.</summary>
internal static class SourceRules
{
    internal static Decision Prepare(ShardFacts facts, TransferEntry.Prepare entry)
    {
        ShardOwnership ownership = facts.Ownership;
        if (entry.Target == facts.Self)
            return Decision.Same(Refusals.WrongState(ownership, "cannot be handed over to the group that asks"));

        // (1) A preparation is proposed behind a move's seal and the end of that move, which wait for the log as well, and
        // is not answered in time; (2) its repetition finds that the epoch is over, and is refused for certain. Were the
        // first carried out, before or after that, the shard would stay sealed: its coordinator knows of nothing to end.
        if (entry.MeantFor != Epoch.None && entry.MeantFor != ownership.Epoch && ownership.Phase != TransferPhase.Released)
            return Decision.Same(Refusals.TooLate(ownership, entry.MeantFor));

        return ownership.Phase switch
        {
            TransferPhase.None => Decision.Same(Refusals.NotServing(ownership)),
            TransferPhase.Serving => Decision.To(ownership with
            {
                Phase = TransferPhase.Sealed,
                Other = entry.Target,
                Granted = ownership.Epoch.Next(),
            }),
            TransferPhase.Sealed or TransferPhase.Granted when ownership.Other == entry.Target =>
                Decision.Same(ShardDone.Instance),
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                Decision.Same(Refusals.WrongState(ownership, $"cannot be prepared for {entry.Target} now")),
            TransferPhase.Released => Decision.Same(Refusals.Moved(ownership)),
        };
    }

    internal static Decision Confirm(ShardFacts facts, TransferEntry.Confirm entry)
    {
        ShardOwnership ownership = facts.Ownership;
        return ownership.Phase switch
        {
            TransferPhase.Sealed or TransferPhase.Granted when ownership.Granted == entry.Granted => Decision.To(
                Released(ownership, ownership.Other!.Value, ownership.Granted, ReleaseReason.Confirmed) with
                {
                    ReleasedDigest = facts.ContentDigest(),
                },
                ContentChange.Drop),
            TransferPhase.Released when ownership.Release == ReleaseReason.Confirmed => Decision.Same(ShardDone.Instance),
            TransferPhase.Aborting => Decision.Same(Refusals.WrongState(ownership, "cannot be confirmed now")),
            TransferPhase.None or TransferPhase.Serving or TransferPhase.Sealed or TransferPhase.Granted
                or TransferPhase.Released or TransferPhase.Moving =>
                Decision.Same(Refusals.WrongState(ownership, "nothing is prepared", ownership.Other)),
        };
    }

    /// <summary>The ownership of a copy that gives the shard away.</summary>
    internal static ShardOwnership Released(ShardOwnership ownership, GroupId to, Epoch epoch, ReleaseReason reason) =>
        ownership with
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
