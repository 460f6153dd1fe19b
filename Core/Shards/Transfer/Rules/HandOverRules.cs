namespace OrleansShards.Core.Shards;

/// <summary>How a copy begins without another copy's content, and a hand-over's steps at its source and at its target.</summary>
internal static class HandOverRules
{
    private const string Differs = "the snapshot differs from what was prepared";

    // ---- How a copy begins: opened at first use, or seeded.

    internal static Decision Open(ShardOwnership ownership, TransferEntry.Open entry) => ownership.Phase switch
    {
        TransferPhase.None or TransferPhase.Released when ownership.IsNew(entry.Epoch) => Decision.To(ownership.ServingAt(entry.Epoch)),
        TransferPhase.None or TransferPhase.Released => Decision.Same(Refusals.NotServing(ownership)),
        TransferPhase.Serving => Decision.Same(ShardDone.Instance),
        TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.SealedForMove
            or TransferPhase.Restoring =>
            Decision.Same(Refusals.NotServing(ownership)),
    };

    internal static Decision Seed(ShardOwnership ownership, TransferEntry.Seed entry) => ownership.Phase switch
    {
        // Serving proves that no other copy has the shard. A seed counts as a client's write: the source of an earlier
        // hand-over cannot take the content back.
        TransferPhase.Serving => Decision.To(
            ownership.ServingAt(Later(ownership.Epoch, entry.Epoch)) with { IsServed = true }, ContentChange.Replace),
        TransferPhase.None or TransferPhase.Released when ownership.IsNew(entry.Epoch) => Decision.To(
            ownership.ServingAt(entry.Epoch) with { IsServed = true }, ContentChange.Replace),
        TransferPhase.None => Decision.Same(Refusals.WrongState(ownership, $"epoch {entry.Epoch} was discarded here")),
        TransferPhase.Released => Decision.Same(Refusals.Moved(ownership)),
        TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.SealedForMove
            or TransferPhase.Restoring =>
            Decision.Same(Refusals.WrongState(ownership, "cannot be seeded now")),
    };

    // ---- The source: prepare and confirm.

    internal static Decision Prepare(ShardFacts facts, TransferEntry.Prepare entry)
    {
        ShardOwnership ownership = facts.Ownership;
        if (entry.Target == facts.Self)
            return Decision.Same(Refusals.WrongState(ownership, "cannot be handed over to the group that asks"));

        // (1) A preparation waits for the log behind a move's seal and that move's end, and is not answered in time; (2) its
        // repetition finds that the epoch is over, and gets a definite refusal. If the first one were carried out all the
        // same, the shard would stay sealed: its coordinator knows of no hand-over to end.
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
            TransferPhase.Sealed or TransferPhase.Granted when ownership.Other == entry.Target => Decision.Same(ShardDone.Instance),
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.SealedForMove
                or TransferPhase.Restoring =>
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
                ownership.ReleasedTo(ownership.Other!.Value, ownership.Granted, ReleaseReason.Confirmed) with
                {
                    ReleasedDigest = facts.ContentDigest(),
                },
                ContentChange.Delete),
            TransferPhase.Released when ownership.Release == ReleaseReason.Confirmed => Decision.Same(ShardDone.Instance),
            TransferPhase.Aborting => Decision.Same(Refusals.WrongState(ownership, "cannot be confirmed now")),
            TransferPhase.None or TransferPhase.Serving or TransferPhase.Sealed or TransferPhase.Granted
                or TransferPhase.Released or TransferPhase.SealedForMove or TransferPhase.Restoring =>
                Decision.Same(Refusals.WrongState(ownership, "nothing is prepared", ownership.Other)),
        };
    }

    // ---- The source relinquishes the shard to a group that asks for it. The grant is logged before the answer: from then on
    // this copy cannot serve without a later hand-over, so the asking group may.

    /// <summary>
    /// Whether another node has named this group the owner at a later epoch than this copy's log knows. If the group may not
    /// begin with nothing, its content has yet to come: (1) a coordinator holds the snapshot and has the source confirmed;
    /// (2) before the snapshot reaches the target, an older one comes late to another group; (3) a target that relinquished
    /// to that group would refuse the right snapshot afterwards.
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
            TransferPhase.Aborting or TransferPhase.SealedForMove or TransferPhase.Restoring =>
                Decision.Same(Refusals.NotServing(ownership)),
            TransferPhase.Released => WhileReleased(ownership, entry),
        };
    }

    internal static Message Check(ShardOwnership ownership, CheckContent question)
    {
        bool hasHandedOver = ownership.Phase == TransferPhase.Released && ownership.Other == question.To
            && ownership.Epoch == question.Epoch;
        return !hasHandedOver
            ? Refusals.WrongState(ownership, $"nothing was handed over to {question.To} at epoch {question.Epoch}", ownership.Other)
            : IsOther(ownership, question.ContentDigest) ? Refusals.WrongState(ownership, Differs, ownership.Other)
            : ShardDone.Instance;
    }

    // The tombstone stays: a later first use must not open the shard here.
    private static Decision GiveAway(ShardOwnership ownership, TransferEntry.Relinquish entry)
    {
        Epoch epoch = Later(ownership.Epoch, entry.Known).Next();
        ShardOwnership released = ownership.ReleasedTo(entry.To, epoch, ReleaseReason.Empty);
        return Decision.To(released, new Relinquished(epoch), ContentChange.Delete);
    }

    private static Decision WhileSealed(ShardFacts facts, TransferEntry.Relinquish entry)
    {
        ShardOwnership ownership = facts.Ownership;
        if (entry.Reason != RelinquishReason.Receive || entry.To != ownership.Other)
            return Decision.Same(Refusals.WrongState(ownership, $"cannot be given to {entry.To} while it is handed over", facts.Self));

        if (entry.ContentDigest != facts.ContentDigest())
            return Decision.Same(Refusals.WrongState(ownership, Differs, facts.Self));

        Relinquished granted = new(ownership.Granted);
        return ownership.Phase == TransferPhase.Granted
            ? Decision.Same(granted)
            : Decision.To(ownership with { Phase = TransferPhase.Granted }, granted);
    }

    private static Decision WhileReleased(ShardOwnership ownership, TransferEntry.Relinquish entry)
    {
        // A copy that has not begun since gives the shard away as if it had never been opened.
        if (HasNotBegun(ownership, entry.Known))
            return GiveAway(ownership, entry);

        if (entry.To != ownership.Other)
            return Decision.Same(Refusals.Moved(ownership));

        return entry.Reason == RelinquishReason.Receive && IsOther(ownership, entry.ContentDigest)
            ? Decision.Same(Refusals.WrongState(ownership, Differs, ownership.Other))
            : Decision.Same(new Relinquished(ownership.Epoch));
    }

    // What the cluster has moved is in the target's log already: no snapshot in a client's hands is that content.
    private static bool IsOther(ShardOwnership ownership, ulong contentDigest) => ownership.Release == ReleaseReason.Moved
        || (ownership.Release == ReleaseReason.Confirmed && contentDigest != ownership.ReleasedDigest);

    // ---- The target: install, discard, and whether it has taken the shard.

    internal static Decision Install(ShardFacts facts, TransferEntry.Install entry)
    {
        ShardOwnership ownership = facts.Ownership;
        return ownership.Phase switch
        {
            TransferPhase.Serving when IsSameInstall(ownership, entry.ContentDigest) => Decision.Same(ShardDone.Instance),
            TransferPhase.Serving => Decision.Same(Refusals.WrongState(ownership, "another snapshot cannot be installed", facts.Self)),
            TransferPhase.None or TransferPhase.Released when ownership.IsNew(entry.Epoch) => Decision.To(
                ownership.ServingAt(entry.Epoch) with { Installed = entry.Epoch, InstalledDigest = entry.ContentDigest },
                ContentChange.Replace),
            TransferPhase.None or TransferPhase.Released => Decision.Same(Refusals.WrongState(
                ownership, $"the hand-over at epoch {entry.Epoch} was rolled back or is over", ownership.Other)),
            TransferPhase.Sealed => Decision.Same(Refusals.WrongState(ownership, "a snapshot cannot be installed now", facts.Self)),
            // (1) A move is committed while its source sleeps; (2) the target hands the shard back, and its copy is deleted;
            // (3) the source wakes, and receives the content before it has heard of (1). It does not know whether it still
            // owns the shard, so its refusal is not definite.
            TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.SealedForMove or TransferPhase.Restoring =>
                Decision.Same(Refusals.NotServing(ownership)),
        };
    }

    internal static Decision Discard(ShardFacts facts, TransferEntry.Discard entry)
    {
        ShardOwnership ownership = facts.Ownership;
        if (ownership.Discarded == entry.Epoch)
            return Decision.Same(ShardDone.Instance);

        if (ownership.Epoch < entry.Epoch && ownership.Phase != TransferPhase.Serving)
        {
            // The content has not arrived; when it does, this epoch keeps it out. A copy that is still sealed, and has not
            // heard yet how its own hand-over or move ended, has not taken the shard either.
            return Decision.To(ownership with { Discarded = Later(ownership.Discarded, entry.Epoch) });
        }

        bool isUntouched = ownership.Phase == TransferPhase.Serving && ownership.Epoch == entry.Epoch
            && ownership.Installed == entry.Epoch && !ownership.IsServed;
        if (!isUntouched)
        {
            // Clients were served from it, or it has been passed on: to discard it now would lose their writes.
            GroupId? owner = ownership.Phase == TransferPhase.Released ? ownership.Other : facts.Self;
            return Decision.Same(Refusals.WrongState(ownership, "clients were served already", owner));
        }

        ShardOwnership released = ownership.ReleasedTo(entry.Source, entry.Epoch.Next(), ReleaseReason.Discarded);
        return Decision.To(released with { Discarded = entry.Epoch }, ContentChange.Delete);
    }

    /// <summary>Whether this copy has taken the shard at an epoch or a later one, and has not discarded it.</summary>
    internal static bool HasTaken(ShardOwnership ownership, Epoch granted) =>
        ownership.Discarded != granted && ownership.Phase != TransferPhase.None && ownership.Epoch >= granted;

    // Whether the content that is served came from this snapshot; writes made since do not count.
    private static bool IsSameInstall(ShardOwnership ownership, ulong contentDigest) =>
        ownership.Phase == TransferPhase.Serving
        && ownership.Installed != Epoch.None
        && ownership.Installed == ownership.Epoch
        && ownership.InstalledDigest == contentDigest;

    // ---- The source rolls a prepared hand-over back. Where the target was never told that it may take the shard, this log
    // alone decides. Otherwise the target is asked to discard first: it may serve already, and a snapshot that is still on
    // its way must be refused when it arrives.

    internal static Decision StartAbort(ShardOwnership ownership, TransferEntry.StartAbort entry) => ownership.Phase switch
    {
        TransferPhase.Sealed or TransferPhase.Granted when ownership.Granted != entry.Granted => IsOver(ownership, entry.Granted),
        TransferPhase.Granted => Decision.To(ownership with { Phase = TransferPhase.Aborting }),
        TransferPhase.Sealed => Decision.To(ServingAgain(ownership)),
        TransferPhase.Aborting => Decision.Same(ShardDone.Instance),
        TransferPhase.Serving when ownership.AbortedInto == ownership.Epoch => Decision.Same(ShardDone.Instance),
        TransferPhase.Serving or TransferPhase.None or TransferPhase.SealedForMove or TransferPhase.Restoring =>
            Decision.Same(Refusals.WrongState(ownership, "nothing is prepared")),
        TransferPhase.Released => Decision.Same(Refusals.WrongState(ownership, "the hand-over is done", ownership.Other)),
    };

    internal static Decision FinishAbort(ShardOwnership ownership, TransferEntry.FinishAbort entry) =>
        IsAborting(ownership, entry.Granted) ? Decision.To(ServingAgain(ownership)) : IsOver(ownership, entry.Granted);

    internal static Decision RefuseAbort(ShardOwnership ownership, TransferEntry.RefuseAbort entry)
    {
        if (!IsAborting(ownership, entry.Granted))
            return IsOver(ownership, entry.Granted);

        ShardOwnership next = ownership with { Phase = TransferPhase.Granted };
        return Decision.To(next, Refusals.WrongState(next, $"clients are served by {ownership.Other} already", ownership.Other));
    }

    private static Decision IsOver(ShardOwnership ownership, Epoch granted) =>
        Decision.Same(Refusals.WrongState(ownership, $"the hand-over at epoch {granted} is over"));

    private static bool IsAborting(ShardOwnership ownership, Epoch granted) =>
        ownership.Phase == TransferPhase.Aborting && ownership.Granted == granted;

    // Two epochs up: the one between was granted to the target, and nobody may serve at it any more.
    private static ShardOwnership ServingAgain(ShardOwnership ownership) => ownership with
    {
        Phase = TransferPhase.Serving,
        Epoch = ownership.Granted.Next(),
        Other = null,
        Granted = Epoch.None,
        AbortedInto = ownership.Granted.Next(),
    };

    internal static Epoch Later(Epoch left, Epoch right) => left > right ? left : right;
}
