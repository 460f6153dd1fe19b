namespace OrleansShards.Core.Shards;

/// <summary>How a copy begins to serve without a hand-over: opened at first use, or seeded.</summary>
internal static class BeginRules
{
    internal static Decision Open(ShardFacts facts, TransferEntry.Open entry)
    {
        ShardOwnership ownership = facts.Ownership;
        return ownership.Phase switch
        {
            TransferPhase.None or TransferPhase.Released when IsNew(ownership, entry.Epoch) =>
                Decision.To(Serving(ownership, entry.Epoch)),
            TransferPhase.None or TransferPhase.Released => Decision.Same(Refusals.NotServing(ownership)),
            TransferPhase.Serving => Decision.Same(ShardDone.Instance),
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                Decision.Same(Refusals.NotServing(ownership)),
        };
    }

    internal static Decision Seed(ShardFacts facts, TransferEntry.Seed entry)
    {
        ShardOwnership ownership = facts.Ownership;
        return ownership.Phase switch
        {
            // Serving is proof enough that nobody else has it. Counts as a client's write: what a hand-over had brought
            // is not what the source could take back.
            TransferPhase.Serving => Decision.To(
                Serving(ownership, Later(ownership.Epoch, entry.Epoch)) with { IsServed = true }, ContentChange.Replace),
            TransferPhase.None or TransferPhase.Released when IsNew(ownership, entry.Epoch) => Decision.To(
                Serving(ownership, entry.Epoch) with { IsServed = true }, ContentChange.Replace),
            TransferPhase.None => Decision.Same(Refusals.WrongState(ownership, $"epoch {entry.Epoch} was discarded here")),
            TransferPhase.Released => Decision.Same(Refusals.Moved(ownership)),
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                Decision.Same(Refusals.WrongState(ownership, "cannot be seeded now")),
        };
    }

    /// <summary>
    /// Whether an ownership is one that this copy has not had, given away or discarded: without this rule a grant that
    /// arrives late would make a second server of the shard.
    /// </summary>
    internal static bool IsNew(ShardOwnership ownership, Epoch epoch) =>
        epoch > ownership.Epoch && epoch > ownership.Discarded;

    /// <summary>The ownership of a copy that begins to serve at an epoch.</summary>
    internal static ShardOwnership Serving(ShardOwnership ownership, Epoch epoch) => ownership with
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
