namespace OrleansShards.Client.Routing;

/// <summary>An operation on a key.</summary>
internal sealed class KeyJob(ulong ticket, ShardId shard, KeyRequest request, bool hasEffect) : Job(ticket, hasEffect)
{
    /// <summary>
    /// The groups that may have executed an attempt in a router's own session, with the newest epoch that it was meant for.
    /// The router asks them first, until each has answered from its log: a hand-over by a client does not move these sessions,
    /// so another group does not know. An attempt still in flight to a group that has refused carries an epoch that never
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
            SetEpoch(known > meantFor ? known : meantFor);
            return NodeAddress.Of(first, shard);
        }

        if (routes.OwnerOf(shard) is not { } group)
            return null;

        SetEpoch(routes.EpochOf(shard, group));
        return NodeAddress.Of(group, shard);
    }

    /// <summary>Another router may have sent the request to any of these groups.</summary>
    internal void MayHaveRunIn(IEnumerable<GroupId> groups)
    {
        foreach (GroupId group in groups)
            _askFirst.Add((group, Epoch.None));
    }

    internal override Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes) => reply switch
    {
        KeyReply { Verdict: KeyVerdict.Done } done => Verdict.End(new ClientOutcome.Applied(done)),
        KeyReply refused => Verdict.End(new ClientOutcome.Rejected(refused)),
        ShardRefusal refusal => OnRefused(asked, refusal, routes),
        ShardUnknown unknown => OnUnknown(asked, unknown),
        _ => Unexpected,
    };

    internal override void OnFailed(NodeAddress asked, bool delivered, RoutingTable routes)
    {
        if (delivered)
        {
            IsDoubtful = true;
            AskFirst(asked);
        }
    }

    private Verdict OnRefused(NodeAddress asked, ShardRefusal refusal, RoutingTable routes)
    {
        switch (refusal.Kind)
        {
            case ShardRefusalKind.Moved when refusal.Owner is { } owner:
                ClearDoubt(asked);
                routes.Learn(shard, owner, refusal.Epoch);
                return Retry(refusal, refusal.Text, atOnce: owner.Value != asked.Name || refusal.Epoch > _request.MeantFor);
            case ShardRefusalKind.NotHeld or ShardRefusalKind.Moved:
                if (ClearDoubt(asked))
                    return Verdict.AskAgain;

                routes.Forget(shard);
                return Retry(refusal, refusal.Text);
            case ShardRefusalKind.HandingOver:
                ClearDoubt(asked);
                return Retry(refusal, refusal.Text);
            case ShardRefusalKind.NotReady when refusal.Limit is not null && !IsDoubtful:
                // Full: it stays so for longer than the deadline.
                return Verdict.End(new ClientOutcome.NotApplied(refusal.Text, refusal));
            case ShardRefusalKind.Malformed when refusal.Limit is not null && IsDoubtful:
                // An earlier attempt may have met a silo with another limit.
                return Retry(refusal, refusal.Text);
            case ShardRefusalKind.NotReady:
                return Retry(refusal, refusal.Text);
            case ShardRefusalKind.WrongState or ShardRefusalKind.Malformed:
                return Refuse(new ClientOutcome.Rejected(refusal), refusal.Text);
            default:
                return Unexpected;
        }
    }

    private Verdict OnUnknown(NodeAddress asked, ShardUnknown unknown)
    {
        AskFirst(asked);
        return Doubt(unknown, unknown.Text);
    }

    private void AskFirst(NodeAddress asked)
    {
        if (Session.Kind != SessionKind.Router)
            return;

        GroupId group = new(asked.Name);
        Epoch meantFor = _request.MeantFor ?? Epoch.None;
        int known = _askFirst.FindIndex(one => one.Group == group);
        if (known < 0)
            _askFirst.Add((group, meantFor));
        else if (meantFor > _askFirst[known].MeantFor)
            _askFirst[known] = (group, meantFor);
    }

    /// <summary>Only for a router's own sessions, which a hand-over does not move; a client's session moves with the shard.</summary>
    private void SetEpoch(Epoch epoch)
    {
        if (Session.Kind == SessionKind.Router && _request.MeantFor != epoch)
            _request = _request with { MeantFor = epoch };
    }

    /// <summary>A group's log does not contain this request. Returns whether this group had to be asked first.</summary>
    private bool ClearDoubt(NodeAddress asked)
    {
        bool wasFirst = _askFirst is [(GroupId first, _), ..] && first.Value == asked.Name;
        if (wasFirst)
            _askFirst.RemoveAt(0);

        return wasFirst;
    }
}
