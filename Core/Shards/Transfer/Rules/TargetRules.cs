namespace OrleansShards.Core.Shards;

/// <summary>The target's side of a hand-over: install, discard, and whether it has taken the shard.</summary>
internal static class TargetRules
{
    internal static Decision Install(ShardFacts facts, TransferEntry.Install entry)
    {
        ShardStanding standing = facts.Standing;
        return standing.Phase switch
        {
            TransferPhase.Serving when IsSameInstall(standing, entry.ContentDigest) => Decision.Same(ShardDone.Instance),
            TransferPhase.Serving =>
                Decision.Same(Refusals.WrongState(standing, "another snapshot cannot be installed", facts.Self)),
            TransferPhase.None or TransferPhase.Released when BeginRules.IsNew(standing, entry.Epoch) => Decision.To(
                BeginRules.Serving(standing, entry.Epoch) with
                {
                    Installed = entry.Epoch,
                    InstalledDigest = entry.ContentDigest,
                },
                ContentChange.Replace),
            TransferPhase.None or TransferPhase.Released => Decision.Same(Refusals.WrongState(
                standing, $"the hand-over at epoch {entry.Epoch} was rolled back or is over", standing.Other)),
            TransferPhase.Sealed =>
                Decision.Same(Refusals.WrongState(standing, "a snapshot cannot be installed now", facts.Self)),
            // (1) A move is committed while its source sleeps; (2) the target hands the shard back, and its copy is
            // deleted; (3) the source wakes, and is brought the content before it has heard of (1). It does not know
            // whether the shard is still its own, so it refuses for now, not for certain.
            TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                Decision.Same(Refusals.NotServing(standing)),
        };
    }

    /// <summary>Whether what is served came from this very snapshot; writes made since do not count.</summary>
    internal static bool IsSameInstall(ShardStanding standing, ulong contentDigest) =>
        standing.Phase == TransferPhase.Serving
        && standing.Installed != Epoch.None
        && standing.Installed == standing.Epoch
        && standing.InstalledDigest == contentDigest;

    internal static Decision Discard(ShardFacts facts, TransferEntry.Discard entry)
    {
        ShardStanding standing = facts.Standing;
        if (standing.Discarded == entry.Epoch)
        {
            return Decision.Same(ShardDone.Instance);
        }

        if (standing.Epoch < entry.Epoch && standing.Phase != TransferPhase.Serving)
        {
            // It has not arrived; the epoch alone keeps it out when it does. A copy that is still sealed, and has not
            // heard yet what became of its own hand-over or move, has not taken it either.
            return Decision.To(standing with { Discarded = BeginRules.Later(standing.Discarded, entry.Epoch) });
        }

        bool isUntouched = standing.Phase == TransferPhase.Serving && standing.Epoch == entry.Epoch
            && standing.Installed == entry.Epoch && !standing.IsServed;
        if (!isUntouched)
        {
            // Clients were served from it, or it has been passed on: to discard it now would lose their writes.
            GroupId? owner = standing.Phase == TransferPhase.Released ? standing.Other : facts.Self;
            return Decision.Same(Refusals.WrongState(standing, "clients were served already", owner));
        }

        ShardStanding released =
            SourceRules.Released(standing, entry.Source, entry.Epoch.Next(), ReleaseReason.Discarded);
        return Decision.To(released with { Discarded = entry.Epoch }, ContentChange.Drop);
    }

    /// <summary>Whether this copy has taken the shard at an epoch or a later one, and has not discarded it.</summary>
    internal static bool HasTaken(ShardStanding standing, Epoch granted) =>
        standing.Discarded != granted && standing.Phase != TransferPhase.None && standing.Epoch >= granted;
}
