namespace OrleansShards.Core.Shards;

/// <summary>
/// The target's side of a hand-over: content that a client brings (<c>seed_shard</c> and <c>receive_shard</c>), and what the
/// source asks about it. Each answer is durable, or proved by the log, before it is given.
/// </summary>
internal sealed class HandOverTarget(ShardTurn turn, PrimaryQuestions primary)
{
    internal void Seed(Event.Called call, SeedShard request)
    {
        if (!SnapshotReader.TryReadSeed(request.Data, request.Sessions, out ShardContent content, out string error))
            turn.Answer(call, Refusals.Malformed(turn.Ownership, error));
        else if (turn.Ownership.Phase is TransferPhase.None or TransferPhase.Released)
            Claim(call, RelinquishReason.Seed, 0, null, epoch => turn.Settle(new TransferEntry.Seed(epoch, content), call));
        else
            turn.Settle(new TransferEntry.Seed(turn.Ownership.Epoch, content), call);
    }

    internal void Receive(Event.Called call, ReceiveShard request)
    {
        if (!SnapshotReader.TryRead(request.Snapshot, out ShardContent content, out string error))
        {
            turn.Answer(call, Refusals.Malformed(turn.Ownership, error));
            return;
        }

        ulong digest = content.Digest();
        if (turn.Ownership.Phase is TransferPhase.None or TransferPhase.Released)
            Claim(call, RelinquishReason.Receive, digest, request.Source, epoch => Install(call, epoch, digest, content));
        else
            Install(call, turn.Ownership.Epoch, digest, content);
    }

    internal void Discard(Event.Called call, DiscardCopy request) =>
        turn.Settle(new TransferEntry.Discard(request.Source, request.Epoch), call);

    internal void Serving(Event.Called call, QueryServing request) =>
        turn.Answer(call, new ServingReply(TargetRules.HasTaken(turn.Ownership, request.Epoch)));

    private void Install(Event.Called call, Epoch epoch, ulong digest, ShardContent content) =>
        turn.Settle(new TransferEntry.Install(epoch, digest, content), call);

    private void Claim(
        Event.Called call, RelinquishReason reason, ulong digest, GroupId? source, Action<Epoch> granted) =>
        OwnershipClaim.Begin(turn, primary, reason, digest, source, granted, refusal => turn.Answer(call, refusal));
}
