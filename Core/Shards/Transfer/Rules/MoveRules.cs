namespace OrleansShards.Core.Shards;

/// <summary>The source's side of a move that the cluster drives: a pure function of standing and entry.</summary>
internal static class MoveRules
{
    internal static Decision Seal(ShardFacts facts, TransferEntry.Seal entry)
    {
        ShardStanding standing = facts.Standing;
        if (Stale(standing, entry.Term) is { } stale)
        {
            return Decision.Same(stale);
        }

        if (entry.Move <= standing.EndedMove || entry.Target == facts.Self)
        {
            return Decision.Same(Refusals.WrongState(standing, $"move {entry.Move} is over here", standing.Other));
        }

        return standing.Phase switch
        {
            TransferPhase.Serving => Decision.To(standing with
            {
                Phase = TransferPhase.Moving,
                Other = entry.Target,
                Granted = standing.Epoch.Next(),
                Move = entry.Move,
                OrderedIn = entry.Term,
            }),
            TransferPhase.Moving when standing.Move == entry.Move => Decision.Same(ShardDone.Instance),
            TransferPhase.None or TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting
                or TransferPhase.Released or TransferPhase.Moving =>
                Decision.Same(Refusals.WrongState(standing, $"cannot be sealed for move {entry.Move}", standing.Other)),
        };
    }

    internal static Decision Release(ShardFacts facts, TransferEntry.Release entry)
    {
        ShardStanding standing = facts.Standing;
        if (IsSealedFor(standing, entry.Move, entry.Granted))
        {
            ShardStanding released = SourceRules.Released(
                standing, standing.Other!.Value, standing.Granted, ReleaseReason.Moved);
            return Decision.To(
                released with { Move = MoveId.None, EndedMove = entry.Move }, ContentChange.Drop);
        }

        return HasReleased(standing, entry.Move, entry.Granted)
            ? Decision.Same(ShardDone.Instance)
            : Decision.Same(Refusals.WrongState(standing, $"is not sealed for move {entry.Move}", standing.Other));
    }

    internal static Decision Unseal(ShardFacts facts, TransferEntry.Unseal entry)
    {
        ShardStanding standing = facts.Standing;
        bool isSealed = standing.Phase == TransferPhase.Moving && standing.Move == entry.Move
            && (entry.IsOver || standing.Granted == entry.Granted);
        MoveId ended = entry.IsOver && entry.Move > standing.EndedMove ? entry.Move : standing.EndedMove;
        if (!isSealed)
        {
            // A tombstone all the same: a question to seal for it may still be on its way.
            return ended == standing.EndedMove
                ? Decision.Same(ShardDone.Instance)
                : Decision.To(standing with { EndedMove = ended });
        }

        // Two epochs on: the one between was this seal's, and nobody may ever serve at it.
        return Decision.To(standing with
        {
            Phase = TransferPhase.Serving,
            Epoch = standing.Granted.Next(),
            Other = null,
            Granted = Epoch.None,
            Move = MoveId.None,
            EndedMove = ended,
        });
    }

    /// <summary>Whether this copy has released the shard by that seal of that move, and nothing has happened since.</summary>
    internal static bool HasReleased(ShardStanding standing, MoveId move, Epoch granted) =>
        standing.Phase == TransferPhase.Released && standing.Release == ReleaseReason.Moved
        && standing.EndedMove == move && standing.Epoch == granted;

    /// <summary>
    /// Whether this copy has served again since that seal: then it will never be committed, or this copy could not have.
    /// </summary>
    internal static bool HasServedSince(ShardStanding standing, Epoch granted) => standing.Epoch > granted
        && standing.Phase is TransferPhase.Serving or TransferPhase.Moving or TransferPhase.Sealed or TransferPhase.Granted
            or TransferPhase.Aborting;

    /// <summary>Whether this copy is sealed by that seal of that move.</summary>
    internal static bool IsSealedFor(ShardStanding standing, MoveId move, Epoch granted) =>
        standing.Phase == TransferPhase.Moving && standing.Move == move && standing.Granted == granted;

    /// <summary>
    /// The refusal of an order of an earlier primary than one whose order was carried out; null where it is none.
    /// </summary>
    internal static ShardRefusal? Stale(ShardStanding standing, Term term) => term < standing.OrderedIn
        ? Refusals.WrongState(standing, $"the order is of term {term}, and one of term {standing.OrderedIn} was carried out")
        : null;
}
