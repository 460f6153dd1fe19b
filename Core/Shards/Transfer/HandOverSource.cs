namespace OrleansShards.Core.Shards;

/// <summary>
/// The source's side of a hand-over: <c>prepare_migration</c>, <c>get_shard_snapshot</c>, <c>confirm_received</c>, and the
/// requests of a group that wants the shard. Each answer is durable, or proved by the log, before it is given.
/// </summary>
internal sealed class HandOverSource(ShardTurn turn, FirstUse firstUse)
{
    private ShardRefusal? TooLarge => DataLimits.OfSnapshot(turn.State.SnapshotBytes);

    /// <summary>
    /// Whether a step would touch another hand-over than the one that it is meant for. (1) A confirmation is carried out and
    /// its answer is lost; (2) the shard comes back, and is prepared for another group; (3) the confirmation is repeated: carried
    /// out again, it would delete content that nobody has received. Every end of a hand-over raises the epoch, so the epoch
    /// identifies the hand-over. Where nothing would change, a repetition gets the same answer.
    /// </summary>
    /// <remarks>
    /// A step that is in time here may still be late when its entry is applied. The entries of a confirmation and of an abort
    /// name the granted epoch, that of a preparation names <see cref="TransferEntry.Prepare.MeantFor"/>.
    /// </remarks>
    internal static bool IsLate(HandOverStep step, ShardOwnership ownership) =>
        step.MeantFor is { } epoch && epoch != ownership.Epoch && ownership.Phase switch
        {
            TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting or TransferPhase.SealedForMove => true,
            TransferPhase.None or TransferPhase.Serving or TransferPhase.Restoring => step is PrepareMigration,
            TransferPhase.Released => false,
        };

    internal void AnswerOwnership(Event.Called call, QueryOwnership query)
    {
        Action answer = () => turn.Answer(call, new OwnershipReply(turn.Ownership.Epoch));
        if (query.Opens)
            firstUse.EnsureOpen(call, opens: true, answer);
        else
            answer();
    }

    internal void Prepare(Event.Called call, PrepareMigration request)
    {
        TransferEntry.Prepare entry = new(request.Target, request.MeantFor ?? Epoch.None);
        Action prepare = () => PrepareIfSendable(call, entry);
        if (request.Target == turn.Self)
            prepare();
        else
            firstUse.EnsureOpen(call, opens: true, prepare);
    }

    // Before the seal: a sealed shard whose snapshot cannot be sent would wait for a client that can only abort.
    private void PrepareIfSendable(Event.Called call, TransferEntry.Prepare entry)
    {
        if (TooLarge is { } refusal)
            turn.Answer(call, refusal);
        else
            turn.ProposeUnlessNoOp(entry, call, outcome => OnPrepared(call, entry.Target, outcome));
    }

    internal void Snapshot(Event.Called call) => firstUse.EnsureOpen(call, opens: false, () =>
        turn.Answer(call, turn.Ownership.Phase switch
        {
            TransferPhase.None or TransferPhase.Restoring => Refusals.NotServing(turn.Ownership),
            TransferPhase.Released => firstUse.Redirect(),
            TransferPhase.Serving or TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting
                or TransferPhase.SealedForMove =>
                (Message?)TooLarge ?? new ShardSnapshotReply(turn.State.Snapshot()),
        }));

    internal void Confirm(Event.Called call) => turn.ProposeUnlessNoOp(new TransferEntry.Confirm(turn.Ownership.Granted), call);

    internal void Relinquish(Event.Called call, RelinquishShard request)
    {
        if (!request.MayBeEmpty && HandOverRules.HasNotBegun(turn.Ownership, request.Known))
        {
            turn.Answer(call, Refusals.NotReady(turn.Ownership, "the shard is this group's, and waits for its content"));
            return;
        }

        turn.ProposeUnlessNoOp(new TransferEntry.Relinquish(request.To, request.Reason, request.ContentDigest, request.Known), call);
    }

    internal void Check(Event.Called call, CheckContent request) =>
        turn.Answer(call, HandOverRules.Check(turn.Ownership, request));

    private void OnPrepared(Event.Called call, GroupId target, Message outcome)
    {
        if (outcome is ShardRefusal { Kind: ShardRefusalKind.Moved })
        {
            turn.Answer(call, firstUse.Redirect());
        }
        else if (outcome is not ShardDone)
        {
            turn.Answer(call, outcome);
        }
        else if (turn.Ownership is { Phase: TransferPhase.Sealed or TransferPhase.Granted } ownership && ownership.Other == target)
        {
            turn.Answer(call, new ShardSnapshotReply(turn.State.Snapshot()));
        }
        else
        {
            // All entries of a record are applied before the first one is answered. (1) Two clients prepare, and their entries do
            // not fit one record; (2) the first client is answered, and aborts while the second waits; (3) the second's entry
            // and the abort are in one record, and the target was never told.
            turn.Answer(call, Refusals.WrongState(turn.Ownership, "the hand-over was rolled back", turn.Ownership.Other));
        }
    }
}
