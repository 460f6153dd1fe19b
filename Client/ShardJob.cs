using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Client;

/// <summary>
/// Something about a whole shard, asked of one group's copy. Repeating it does no harm, with one exception: seeding
/// again would undo what clients have written since the first time, so it is sent once for certain.
/// </summary>
internal sealed class ShardJob(ulong ticket, ClientRequest.OfShard request) : Job(ticket, request.HasEffect)
{
    internal override Message Wire => request.Request;

    internal override NodeAddress? Target(RoutingTable routes) => NodeAddress.Of(request.Group, request.Shard);

    internal override Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes) => reply switch
    {
        ShardDone or ShardSnapshotReply or ShardAvailability => Verdict.End(new ClientOutcome.Applied(reply)),
        ShardRefusal refusal => Refused(refusal, routes),
        ShardUnknown unknown => Doubt(unknown),
        _ => Foreign(asked, reply),
    };

    internal override bool IsRepeatable => request.Request is not SeedShard;

    internal override void Failed(NodeAddress asked, bool delivered, RoutingTable routes) => IsDoubtful |= delivered;

    private Verdict Refused(ShardRefusal refusal, RoutingTable routes)
    {
        if (refusal.Kind is ShardRefusalKind.HandingOver or ShardRefusalKind.NotReady)
        {
            return Later(refusal, refusal.Text);
        }

        if (refusal is { Kind: ShardRefusalKind.Moved, Owner: { } owner })
        {
            routes.Learn(request.Shard, owner, refusal.Epoch);
        }

        return Verdict.End(new ClientOutcome.Rejected(refusal));
    }

    private Verdict Doubt(ShardUnknown unknown)
    {
        IsDoubtful = true;
        return Later(unknown, unknown.Text);
    }
}
