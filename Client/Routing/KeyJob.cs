namespace OrleansShards.Client.Routing;

/// <summary>An operation on a key.</summary>
/// <param name="ticket">The host's number for it.</param>
/// <param name="shard">The key's shard.</param>
/// <param name="request">What is sent, the session in it.</param>
/// <param name="hasEffect">Whether it may change anything.</param>
internal sealed class KeyJob(ulong ticket, ShardId shard, KeyRequest request, bool hasEffect) : Job(ticket, hasEffect)
{
    /// <summary>
    /// The groups that may have executed an attempt in a router's own session, with the newest epoch it was meant for.
    /// They are asked first, until each has answered from its log: a hand-over by a client does not move these sessions, so
    /// another group could not tell. An attempt still in flight to a group that has refused carries an epoch that never
    /// returns.
    /// </summary>
    private readonly List<(GroupId Group, Epoch MeantFor)> _askFirst = [];
    private KeyRequest _request = request;

    internal ShardId Shard => shard;

    internal SessionTag Session => _request.Session;

    internal override Message Wire => _request;

    internal override NodeAddress? Target(RoutingTable routes)
    {
        if (_askFirst is [(GroupId first, Epoch meantFor), ..])
        {
            Epoch known = routes.EpochOf(shard, first);
            MeanFor(known > meantFor ? known : meantFor);
            return NodeAddress.Of(first, shard);
        }

        if (routes.OwnerOf(shard) is not { } group)
            return null;

        MeanFor(routes.EpochOf(shard, group));
        return NodeAddress.Of(group, shard);
    }

    /// <summary>Another router may have had it carried out, in any of these groups.</summary>
    internal void MayHaveRunIn(IEnumerable<GroupId> groups)
    {
        IsDoubtful = true;
        foreach (GroupId group in groups)
            _askFirst.Add((group, Epoch.None));
    }

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
                Settled(asked);
                routes.Learn(shard, owner, refusal.Epoch);
                LastRefusal = refusal;
                Obstacle = refusal.Text;
                return owner.Value == asked.Name && !(refusal.Epoch > _request.MeantFor)
                    ? Verdict.AskLater
                    : Verdict.AskAgain;
            case ShardRefusalKind.NotHeld or ShardRefusalKind.Moved:
                if (Settled(asked))
                    return Verdict.AskAgain;

                routes.Forget(shard);
                return Later(refusal, refusal.Text);
            case ShardRefusalKind.HandingOver:
                Settled(asked);
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
        GroupId group = new(asked.Name);
        if (Session.Kind != SessionKind.Router)
            return;

        Epoch meantFor = _request.MeantFor ?? Epoch.None;
        int known = _askFirst.FindIndex(one => one.Group == group);
        if (known < 0)
            _askFirst.Add((group, meantFor));
        else if (meantFor > _askFirst[known].MeantFor)
            _askFirst[known] = (group, meantFor);
    }

    /// <summary>Only for a router's own sessions, which a hand-over leaves behind; a client's session moves with the shard.</summary>
    private void MeanFor(Epoch epoch)
    {
        if (Session.Kind == SessionKind.Router && _request.MeantFor != epoch)
            _request = _request with { MeantFor = epoch };
    }

    /// <summary>A group has answered that its log does not contain this request.</summary>
    /// <returns>Whether it was one of those that had to be asked first.</returns>
    private bool Settled(NodeAddress asked)
    {
        bool wasFirst = _askFirst is [(GroupId first, _), ..] && first.Value == asked.Name;
        if (wasFirst)
            _askFirst.RemoveAt(0);

        return wasFirst;
    }
}
