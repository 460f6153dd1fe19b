using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// What other groups' copies of the shard ask. Each answer is durable, or proved by the log, before it is given.
/// </summary>
internal sealed class PeerFlows(ShardTurn turn)
{
    internal void Yield(Event.Called call, YieldShard request)
    {
        if (!request.MayBeEmpty && YieldRules.HasNotBegun(turn.Standing, request.Known))
        {
            turn.Answer(call, Refusals.NotReady(turn.Standing, "the shard is this group's, and waits for its content"));
            return;
        }

        turn.Settle(new TransferEntry.Yield(request.To, request.Reason, request.ContentDigest, request.Known), call);
    }

    internal void Check(Event.Called call, CheckContent request) =>
        turn.Answer(call, YieldRules.Check(turn.Standing, request));

    internal void Discard(Event.Called call, DiscardCopy request) =>
        turn.Settle(new TransferEntry.Discard(request.Source, request.Epoch), call);

    internal void Serving(Event.Called call, QueryServing request) =>
        turn.Answer(call, new ServingReply(TargetRules.HasTaken(turn.Standing, request.Epoch)));

    internal void Availability(Event.Called call) =>
        turn.Answer(call, new ShardAvailability(turn.Standing.Phase == ShardPhase.Serving));
}
