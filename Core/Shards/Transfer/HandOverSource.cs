namespace OrleansShards.Core.Shards;

/// <summary>
/// The source's side of a hand-over: <c>prepare_migration</c>, <c>get_shard_snapshot</c>, <c>confirm_received</c>, and what
/// a group asks that wants to have the shard. Each answer is durable, or proved by the log, before it is given.
/// </summary>
internal sealed class HandOverSource(ShardTurn turn, FirstUse firstUse)
{
    /// <summary>
    /// Whether a step would touch another hand-over than the one that it is meant for. (1) A confirmation is carried
    /// out and its answer is lost; (2) the shard comes back, and is prepared for somebody else; (3) the confirmation is
    /// repeated: carried out once more it would delete what nobody has received. Every way out of a hand-over raises
    /// the epoch, so the epoch tells. Where nothing would change, a repetition gets the answer it had.
    /// </summary>
    /// <remarks>
    /// What is found in time here may still be late when its entry is applied. The entries of a confirmation and of an
    /// abort name the epoch that was granted, that of a preparation names <see cref="TransferEntry.Prepare.MeantFor"/>.
    /// </remarks>
    internal static bool IsLate(HandOverStep step, ShardOwnership ownership) =>
        step.MeantFor is { } epoch && epoch != ownership.Epoch && ownership.Phase switch
        {
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving => true,
            TransferPhase.None or TransferPhase.Serving => step is PrepareMigration,
            TransferPhase.Released => false,
        };

    internal static ShardRefusal TooLate(HandOverStep step, ShardOwnership ownership) =>
        Refusals.TooLate(ownership, step.MeantFor!.Value);

    internal void Stand(Event.Called call, QueryOwnership query)
    {
        if (query.Opens && turn.Ownership.Phase == TransferPhase.None)
            firstUse.Ask(call, opens: true, () => Stand(call));
        else
            Stand(call);
    }

    internal void Prepare(Event.Called call, PrepareMigration request)
    {
        TransferEntry.Prepare seal = new(request.Target, request.MeantFor ?? Epoch.None);
        if (turn.Ownership.Phase == TransferPhase.None && request.Target != turn.Self)
            firstUse.Ask(call, opens: true, () => Seal(call, seal));
        else
            Seal(call, seal);
    }

    internal void Snapshot(Event.Called call)
    {
        if (turn.Ownership.Phase == TransferPhase.None)
            firstUse.Ask(call, opens: false, () => AnswerSnapshot(call));
        else
            AnswerSnapshot(call);
    }

    internal void Confirm(Event.Called call) => turn.Settle(new TransferEntry.Confirm(turn.Ownership.Granted), call);

    internal void Relinquish(Event.Called call, RelinquishShard request)
    {
        if (!request.MayBeEmpty && RelinquishRules.HasNotBegun(turn.Ownership, request.Known))
        {
            turn.Answer(call, Refusals.NotReady(turn.Ownership, "the shard is this group's, and waits for its content"));
            return;
        }

        turn.Settle(new TransferEntry.Relinquish(request.To, request.Reason, request.ContentDigest, request.Known), call);
    }

    internal void Check(Event.Called call, CheckContent request) =>
        turn.Answer(call, RelinquishRules.Check(turn.Ownership, request));

    private void Stand(Event.Called call) => turn.Answer(call, new OwnershipReply(turn.Ownership.Epoch));

    private void Seal(Event.Called call, TransferEntry.Prepare seal)
    {
        Decision decision = turn.State.Decide(seal);
        if (decision.Next is not null)
            turn.Propose(seal, outcome => Sealed(call, seal, outcome), refusal => turn.Answer(call, refusal));
        else
            Sealed(call, seal, decision.Outcome);
    }

    private void Sealed(Event.Called call, TransferEntry.Prepare seal, Message outcome)
    {
        if (outcome is ShardRefusal { Kind: ShardRefusalKind.Moved })
        {
            turn.Answer(call, firstUse.Redirect());
        }
        else if (outcome is not ShardDone)
        {
            turn.Answer(call, outcome);
        }
        else if (turn.Ownership is { Phase: TransferPhase.Sealed or TransferPhase.Granted } ownership && ownership.Other == seal.Target)
        {
            turn.Answer(call, new ShardSnapshotReply(turn.State.Snapshot()));
        }
        else
        {
            // A record's entries are all applied before the first of them is answered. (1) Two prepare, and what they
            // propose does not fit one record; (2) the first is answered, and aborts while the second waits; (3) the
            // second's entry and the abort stand in one record, and the target was never told.
            turn.Answer(call, Refusals.WrongState(turn.Ownership, "the hand-over was rolled back", turn.Ownership.Other));
        }
    }

    private void AnswerSnapshot(Event.Called call)
    {
        ShardOwnership ownership = turn.Ownership;
        turn.Answer(call, ownership.Phase switch
        {
            TransferPhase.None => Refusals.NotServing(ownership),
            TransferPhase.Released => firstUse.Redirect(),
            TransferPhase.Serving or TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.Moving =>
                new ShardSnapshotReply(turn.State.Snapshot()),
        });
    }
}
