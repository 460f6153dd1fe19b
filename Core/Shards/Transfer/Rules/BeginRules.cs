namespace OrleansShards.Core.Shards;

/// <summary>How a copy begins to serve without a hand-over: opened at first use, or seeded.</summary>
internal static class BeginRules
{
    internal static Decision Open(ShardFacts facts, TransferEntry.Open entry)
    {
        ShardStanding standing = facts.Standing;
        return standing.Phase switch
        {
            TransferPhase.None or TransferPhase.Released when IsNew(standing, entry.Epoch) =>
                Decision.To(Serving(standing, entry.Epoch)),
            TransferPhase.None or TransferPhase.Released => Decision.Same(Refusals.NotServing(standing)),
            TransferPhase.Serving => Decision.Same(ShardDone.Instance),
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                Decision.Same(Refusals.NotServing(standing)),
        };
    }

    internal static Decision Seed(ShardFacts facts, TransferEntry.Seed entry)
    {
        ShardStanding standing = facts.Standing;
        return standing.Phase switch
        {
            // Serving is proof enough that nobody else has it. Counts as a client's write: what a hand-over had brought
            // is not what the source could take back.
            TransferPhase.Serving => Decision.To(
                Serving(standing, Later(standing.Epoch, entry.Epoch)) with { IsServed = true }, ContentChange.Replace),
            TransferPhase.None or TransferPhase.Released when IsNew(standing, entry.Epoch) => Decision.To(
                Serving(standing, entry.Epoch) with { IsServed = true }, ContentChange.Replace),
            TransferPhase.None => Decision.Same(Refusals.WrongState(standing, $"epoch {entry.Epoch} was discarded here")),
            TransferPhase.Released => Decision.Same(Refusals.Moved(standing)),
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                Decision.Same(Refusals.WrongState(standing, "cannot be seeded now")),
        };
    }

    /// <summary>
    /// Whether an ownership is one that this copy has not had, given away or discarded: without this rule a grant that
    /// arrives late would make a second server of the shard.
    /// </summary>
    internal static bool IsNew(ShardStanding standing, Epoch epoch) =>
        epoch > standing.Epoch && epoch > standing.Discarded;

    /// <summary>The standing of a copy that begins to serve at an epoch.</summary>
    internal static ShardStanding Serving(ShardStanding standing, Epoch epoch) => standing with
    {
        Phase = TransferPhase.Serving,
        Epoch = epoch,
        Other = null,
        Granted = Epoch.None,
        Release = ReleaseReason.None,
        ReleasedDigest = 0,
        IsServed = false,
        AbortedInto = Epoch.None,
    };

    internal static Epoch Later(Epoch left, Epoch right) => left > right ? left : right;
}
