namespace OrleansShards.Core.Shards;

/// <summary>
/// The target's side of a hand-over: content that a client sends (<c>seed_shard</c> and <c>receive_shard</c>), and the
/// source's requests about it. Each answer is durable, or proved by the log, before it is given.
/// </summary>
internal sealed class HandOverTarget(ShardTurn turn)
{
    internal void Seed(Event.Called call, SeedShard request)
    {
        if (turn.Config.Limits.RefusalOf(request) is { } tooLarge)
            turn.Answer(call, tooLarge);
        else if (!SnapshotReader.TryReadSeed(request.Data, request.Sessions, out ShardContent content, out string error))
            turn.Answer(call, Refusals.Malformed(turn.Ownership, error));
        else if (Excess(content) is { } excess)
            turn.Answer(call, excess);
        else
            WithEpoch(call, RelinquishReason.Seed, 0, null, epoch => turn.ProposeUnlessNoOp(new TransferEntry.Seed(epoch, content), call));
    }

    internal void Receive(Event.Called call, ReceiveShard request)
    {
        if (turn.Config.Limits.RefusalOf(request) is { } tooLarge)
        {
            turn.Answer(call, tooLarge);
            return;
        }

        if (!SnapshotReader.TryRead(request.Snapshot, out ShardContent content, out string error))
        {
            turn.Answer(call, Refusals.Malformed(turn.Ownership, error));
            return;
        }

        if (Excess(content) is { } excess)
        {
            turn.Answer(call, excess);
            return;
        }

        ulong digest = content.Digest();
        WithEpoch(call, RelinquishReason.Receive, digest, request.Source, epoch =>
            turn.ProposeUnlessNoOp(new TransferEntry.Install(epoch, digest, content), call));
    }

    internal void Discard(Event.Called call, DiscardCopy request) =>
        turn.ProposeUnlessNoOp(new TransferEntry.Discard(request.Source, request.Epoch), call);

    internal void Serving(Event.Called call, QueryServing request) =>
        turn.Answer(call, new ServingReply(HandOverRules.HasTaken(turn.Ownership, request.Epoch)));

    // Before the source is told: a shard that is granted to a copy which cannot take it would be served by nobody. A repetition of what
    // was installed does not grow.
    private ShardRefusal? Excess(ShardContent content) =>
        turn.Config.Limits.RefusalOf(content) ?? turn.Full(content.Bytes - turn.State.ContentBytes);

    // Continues with the copy's own epoch, or claims the shard first.
    private void WithEpoch(Event.Called call, RelinquishReason reason, ulong digest, GroupId? source, Action<Epoch> then)
    {
        if (turn.Ownership.Phase is TransferPhase.None or TransferPhase.Released)
            new OwnershipClaim(turn, reason, digest, source, then, refusal => turn.Answer(call, refusal)).Begin();
        else
            then(turn.Ownership.Epoch);
    }
}
