namespace OrleansShards.Core.Shards;

/// <summary>The source's side of a move that the cluster drives: a pure function of ownership and entry.</summary>
internal static class MoveRules
{
    internal static Decision Seal(ShardFacts facts, TransferEntry.Seal entry)
    {
        ShardOwnership ownership = facts.Ownership;
        if (Stale(ownership, entry.Term) is { } stale)
            return Decision.Same(stale);

        if (entry.Move <= ownership.EndedMove || entry.Target == facts.Self)
            return Decision.Same(Refusals.WrongState(ownership, $"move {entry.Move} is over here", ownership.Other));

        return ownership.Phase switch
        {
            TransferPhase.Serving => Decision.To(ownership with
            {
                Phase = TransferPhase.SealedForMove,
                Other = entry.Target,
                Granted = ownership.Epoch.Next(),
                Move = entry.Move,
                OrderedIn = entry.Term,
            }),
            TransferPhase.SealedForMove when ownership.Move == entry.Move => Decision.Same(ShardDone.Instance),
            TransferPhase.None or TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting
                or TransferPhase.Released or TransferPhase.SealedForMove or TransferPhase.Restoring =>
                Decision.Same(Refusals.WrongState(ownership, $"cannot be sealed for move {entry.Move}", ownership.Other)),
        };
    }

    internal static Decision Release(ShardOwnership ownership, TransferEntry.Release entry)
    {
        if (IsSealedFor(ownership, entry.Move, entry.Granted))
        {
            ShardOwnership released = ownership.ReleasedTo(ownership.Other!.Value, ownership.Granted, ReleaseReason.Moved);
            return Decision.To(released with { Move = MoveId.None, EndedMove = entry.Move }, ContentChange.Delete);
        }

        return HasReleased(ownership, entry.Move, entry.Granted)
            ? Decision.Same(ShardDone.Instance)
            : Decision.Same(Refusals.WrongState(ownership, $"is not sealed for move {entry.Move}", ownership.Other));
    }

    internal static Decision Unseal(ShardOwnership ownership, TransferEntry.Unseal entry)
    {
        bool isSealed = ownership.Phase == TransferPhase.SealedForMove && ownership.Move == entry.Move
            && (entry.IsOver || ownership.Granted == entry.Granted);
        MoveId ended = entry.IsOver && entry.Move > ownership.EndedMove ? entry.Move : ownership.EndedMove;
        if (!isSealed)
        {
            // The end is recorded all the same: a request to seal for this move may still be on its way.
            return ended == ownership.EndedMove
                ? Decision.Same(ShardDone.Instance)
                : Decision.To(ownership with { EndedMove = ended });
        }

        // Two epochs up: the one between was this seal's, and nobody may ever serve at it.
        return Decision.To(ownership with
        {
            Phase = TransferPhase.Serving,
            Epoch = ownership.Granted.Next(),
            Other = null,
            Granted = Epoch.None,
            Move = MoveId.None,
            EndedMove = ended,
        });
    }

    /// <summary>Whether this copy has released the shard by that seal of that move, and nothing has happened since.</summary>
    internal static bool HasReleased(ShardOwnership ownership, MoveId move, Epoch granted) =>
        ownership.Phase == TransferPhase.Released && ownership.Release == ReleaseReason.Moved
        && ownership.EndedMove == move && ownership.Epoch == granted;

    /// <summary>Whether this copy has served again since that seal, which proves that the seal will never be committed.</summary>
    internal static bool HasServedSince(ShardOwnership ownership, Epoch granted) => ownership.Epoch > granted
        && ownership.Phase is TransferPhase.Serving or TransferPhase.SealedForMove or TransferPhase.Sealed or TransferPhase.Granted
            or TransferPhase.Aborting or TransferPhase.Restoring;

    internal static bool IsSealedFor(ShardOwnership ownership, MoveId move, Epoch granted) =>
        ownership.Phase == TransferPhase.SealedForMove && ownership.Move == move && ownership.Granted == granted;

    /// <summary>The refusal of an order with a lower term than one that was carried out here; null for a current order.</summary>
    internal static ShardRefusal? Stale(ShardOwnership ownership, Term term) => term < ownership.OrderedIn
        ? Refusals.WrongState(ownership, $"the order is of term {term}, and one of term {ownership.OrderedIn} was carried out")
        : null;
}
