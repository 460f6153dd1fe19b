namespace OrleansShards.Client.Routing;

/// <summary>
/// A request about a whole shard to one group's copy. Repeating it does no harm: a step of a hand-over carries the epoch
/// that the router queries first, however often it is sent. The exception is seeding: a second one would undo what
/// clients have written since, so an attempt that may have run is not repeated.
/// </summary>
internal sealed class ShardJob(ulong ticket, ClientRequest.OfShard request) : Job(ticket, request.HasEffect)
{
    private Message _request = request.Request;

    internal override Message Wire => MayRun ? _request : new QueryOwnership(Opens: _request is PrepareMigration);

    internal override bool MayRun => _request is not HandOverStep { MeantFor: null };

    internal override NodeAddress? Target(RoutingTable routes) => NodeAddress.Of(request.Group, request.Shard);

    internal override Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes) => reply switch
    {
        OwnershipReply ownership when !MayRun => OnOwnership(ownership.Epoch),
        ShardRefusal refusal => OnRefused(refusal, routes),
        ShardUnknown unknown => Doubt(unknown, unknown.Text),
        _ when MayRun && ExpectedReplies.Has(_request, reply) => Verdict.End(new ClientOutcome.Applied(reply)),
        _ => Unexpected,
    };

    internal override bool IsRepeatable => _request is not SeedShard;

    private Verdict OnOwnership(Epoch epoch)
    {
        _request = ((HandOverStep)_request) with { MeantFor = epoch };
        return Verdict.AskAgain;
    }

    private Verdict OnRefused(ShardRefusal refusal, RoutingTable routes)
    {
        if (refusal is { Kind: ShardRefusalKind.NotReady, Limit: not null } && !IsDoubtful)
            return Verdict.End(new ClientOutcome.NotApplied(refusal.Text, refusal));

        if (refusal.Kind is ShardRefusalKind.HandingOver or ShardRefusalKind.NotReady)
            return Retry(refusal, refusal.Text);

        if (refusal is { Kind: ShardRefusalKind.Moved, Owner: { } owner })
            routes.Learn(request.Shard, owner, refusal.Epoch);

        return Refuse(new ClientOutcome.Rejected(refusal), refusal.Text);
    }
}
