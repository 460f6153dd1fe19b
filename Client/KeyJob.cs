using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Client;

/// <summary>An operation on a key.</summary>
/// <param name="ticket">The host's number for it.</param>
/// <param name="shard">The key's shard.</param>
/// <param name="request">What is sent, the session in it.</param>
internal sealed class KeyJob(ulong ticket, ShardId shard, KeyRequest request) : Job(ticket)
{
    /// <summary>
    /// The group in which an attempt of a router's own session may have been carried out. It is asked first until it
    /// has said what its log knows: these sessions stay behind when a client hands a shard over, so another group could
    /// not tell.
    /// </summary>
    private GroupId? _mayHaveRunAt;

    internal ShardId Shard => shard;

    internal SessionTag Session => request.Session;

    internal override bool HasEffect => request.Command.Verb != KeyVerb.Read || Session.Kind != SessionKind.None;

    internal override Message Wire => request;

    internal override NodeAddress? Target(RoutingTable routes) =>
        (_mayHaveRunAt ?? routes.OwnerOf(shard)) is { } group ? NodeAddress.Of(group, shard) : null;

    internal override Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes) => reply switch
    {
        KeyReply { Verdict: KeyVerdict.Done } done => Verdict.End(new ClientOutcome.Applied(done)),
        KeyReply refused => Verdict.End(new ClientOutcome.Rejected(refused)),
        ShardRefusal refusal => Refused(asked, refusal, routes),
        ShardUnknown unknown => Doubt(asked, unknown),
        _ => Foreign(asked, reply),
    };

    internal override void Failed(NodeAddress asked, bool delivered, RoutingTable routes)
    {
        if (delivered)
        {
            IsDoubtful = true;
            AskFirst(asked);
        }
    }

    private Verdict Refused(NodeAddress asked, ShardRefusal refusal, RoutingTable routes)
    {
        switch (refusal.Kind)
        {
            case ShardRefusalKind.Moved when refusal.Owner is { } owner:
                _mayHaveRunAt = null;
                routes.Learn(shard, owner, refusal.Epoch);
                LastRefusal = refusal;
                Obstacle = refusal.Text;
                return owner.Value == asked.Name ? Verdict.AskLater : Verdict.AskAgain;
            case ShardRefusalKind.NotHeld or ShardRefusalKind.Moved:
                _mayHaveRunAt = null;
                routes.Forget(shard);
                return Later(refusal, refusal.Text);
            case ShardRefusalKind.HandingOver:
                _mayHaveRunAt = null;
                return Later(refusal, refusal.Text);
            case ShardRefusalKind.NotReady:
                return Later(refusal, refusal.Text);
            case ShardRefusalKind.WrongState or ShardRefusalKind.Malformed:
                return Verdict.End(new ClientOutcome.Rejected(refusal));
            default:
                return Foreign(asked, refusal);
        }
    }

    private Verdict Doubt(NodeAddress asked, ShardUnknown unknown)
    {
        IsDoubtful = true;
        AskFirst(asked);
        return Later(unknown, unknown.Text);
    }

    private void AskFirst(NodeAddress asked)
    {
        if (Session.Kind == SessionKind.Router)
        {
            _mayHaveRunAt = new GroupId(asked.Name);
        }
    }
}
