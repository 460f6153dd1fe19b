namespace OrleansShards.Core.Shards;

/// <summary>The target's side of a hand-over: install, discard, and whether it has taken the shard.</summary>
internal static class TargetRules
{
    internal static Decision Install(ShardFacts facts, TransferEntry.Install entry)
    {
        ShardOwnership ownership = facts.Ownership;
        return ownership.Phase switch
        {
            TransferPhase.Serving when IsSameInstall(ownership, entry.ContentDigest) => Decision.Same(ShardDone.Instance),
            TransferPhase.Serving =>
                Decision.Same(Refusals.WrongState(ownership, "another snapshot cannot be installed", facts.Self)),
            TransferPhase.None or TransferPhase.Released when BeginRules.IsNew(ownership, entry.Epoch) => Decision.To(
                BeginRules.Serving(ownership, entry.Epoch) with
                {
                    Installed = entry.Epoch,
                    InstalledDigest = entry.ContentDigest,
                },
                ContentChange.Replace),
            TransferPhase.None or TransferPhase.Released => Decision.Same(Refusals.WrongState(
                ownership, $"the hand-over at epoch {entry.Epoch} was rolled back or is over", ownership.Other)),
            TransferPhase.Sealed =>
                Decision.Same(Refusals.WrongState(ownership, "a snapshot cannot be installed now", facts.Self)),
            // (1) A move is committed while its source sleeps; (2) the target hands the shard back, and its copy is
            // deleted; (3) the source wakes, and is brought the content before it has heard of (1). It does not know
            // whether the shard is still its own, so it refuses for now, not for certain.
            TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                Decision.Same(Refusals.NotServing(ownership)),
        };
    }

    /// <summary>Whether what is served came from this very snapshot; writes made since do not count.</summary>
    internal static bool IsSameInstall(ShardOwnership ownership, ulong contentDigest) =>
        ownership.Phase == TransferPhase.Serving
        && ownership.Installed != Epoch.None
        && ownership.Installed == ownership.Epoch
        && ownership.InstalledDigest == contentDigest;

    internal static Decision Discard(ShardFacts facts, TransferEntry.Discard entry)
    {
        ShardOwnership ownership = facts.Ownership;
        if (ownership.Discarded == entry.Epoch)
            return Decision.Same(ShardDone.Instance);

        if (ownership.Epoch < entry.Epoch && ownership.Phase != TransferPhase.Serving)
        {
            // It has not arrived; the epoch alone keeps it out when it does. A copy that is still sealed, and has not
            // heard yet what became of its own hand-over or move, has not taken it either.
            return Decision.To(ownership with { Discarded = BeginRules.Later(ownership.Discarded, entry.Epoch) });
        }

        bool isUntouched = ownership.Phase == TransferPhase.Serving && ownership.Epoch == entry.Epoch
            && ownership.Installed == entry.Epoch && !ownership.IsServed;
        if (!isUntouched)
        {
            // Clients were served from it, or it has been passed on: to discard it now would lose their writes.
            GroupId? owner = ownership.Phase == TransferPhase.Released ? ownership.Other : facts.Self;
            return Decision.Same(Refusals.WrongState(ownership, "clients were served already", owner));
        }

        ShardOwnership released =
            SourceRules.Released(ownership, entry.Source, entry.Epoch.Next(), ReleaseReason.Discarded);
        return Decision.To(released with { Discarded = entry.Epoch }, ContentChange.Drop);
    }

    /// <summary>Whether this copy has taken the shard at an epoch or a later one, and has not discarded it.</summary>
    internal static bool HasTaken(ShardOwnership ownership, Epoch granted) =>
        ownership.Discarded != granted && ownership.Phase != TransferPhase.None && ownership.Epoch >= granted;
}
