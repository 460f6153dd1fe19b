namespace OrleansShards.Core.Masters;

/// <summary>
/// Creates the cluster when this master leads an empty log. Any master answers whether the cluster has the definition that a
/// caller names: it never changes.
/// </summary>
internal sealed class ClusterBootstrap(MasterContext context)
{
    private readonly WaitingCalls<(CallId Call, ClusterDefinition Asked)> _waiting = new(context.Config.WaitingMax);
    private bool _isProposed;

    internal void OnRequest(CallId call, CreateCluster request)
    {
        if (context.State.Definition is { } present)
            Answer(call, request.Definition, present);
        else if (!_waiting.TryAdd((call, request.Definition), context.Now + context.Config.WaitLimit))
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many wait for the cluster's creation");
    }

    /// <summary>Proposes the definition if it is missing; again if the store refused it.</summary>
    internal void ProposeIfMissing()
    {
        if (context.Leads && context.State.Definition is null && !_isProposed)
        {
            _isProposed = true;
            context.Propose(new MasterEntry.Created(context.Config.Definition), new MasterPurpose.Create());
        }
    }

    /// <summary>The proposal has ended, in the log or not.</summary>
    internal void OnProposalEnded() => _isProposed = false;

    internal void Step()
    {
        if (context.State.Definition is { } present)
        {
            foreach ((CallId call, ClusterDefinition asked) in _waiting.TakeAll())
                Answer(call, asked, present);
        }
    }

    internal void Tick()
    {
        ProposeIfMissing();
        foreach ((CallId late, _) in _waiting.Expire(context.Now))
        {
            string log = context.Log.Stall ?? "it is reading it";
            context.Refuse(late, MasterRefusalKind.Unavailable, $"the cluster is not created yet; the log: {log}");
        }
    }

    private void Answer(CallId call, ClusterDefinition asked, ClusterDefinition present) => context.Answer(
        call,
        asked == present
            ? new ClusterCreated(context.KnownPrimary, context.Term)
            : context.Refusal(MasterRefusalKind.WrongState, $"the cluster was created with {present}, not with {asked}"));
}
