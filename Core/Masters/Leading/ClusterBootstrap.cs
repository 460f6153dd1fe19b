namespace OrleansShards.Core.Masters;

/// <summary>
/// Founds the cluster when this master leads an empty log. Any master tells a caller whether the cluster is founded as the
/// caller believes: the definition never changes.
/// </summary>
internal sealed class ClusterBootstrap(MasterContext context)
{
    private readonly WaitingCalls<ClusterDefinition> _waiting = new(context.Config.WaitingMax);
    private bool _isProposed;

    internal void OnRequest(CallId call, FoundCluster request)
    {
        if (context.State.Definition is { } founded)
            Answer(call, request.Definition, founded);
        else if (!_waiting.TryAdd(call, request.Definition, context.Now + context.Config.WaitLimit))
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many wait for the cluster's founding");
    }

    /// <summary>Proposes the founding if it is missing; again if the store refused it.</summary>
    internal void ProposeIfMissing()
    {
        if (context.Leads && context.State.Definition is null && !_isProposed)
        {
            _isProposed = true;
            context.Propose(new MasterEntry.Founded(context.Config.Definition), new MasterPurpose.Found());
        }
    }

    /// <summary>The proposal has ended, in the log or not.</summary>
    internal void OnProposalEnded() => _isProposed = false;

    internal void Step()
    {
        if (_waiting.Count > 0 && context.State.Definition is { } founded)
        {
            foreach ((CallId call, ClusterDefinition asked) in _waiting.TakeAll())
                Answer(call, asked, founded);
        }
    }

    internal void Tick()
    {
        ProposeIfMissing();
        foreach (CallId late in _waiting.Expire(context.Now))
        {
            string log = context.Log.Stall ?? "it is reading it";
            context.Refuse(late, MasterRefusalKind.Unavailable, $"the cluster is not founded yet; the log: {log}");
        }
    }

    private void Answer(CallId call, ClusterDefinition asked, ClusterDefinition founded) => context.Answer(
        call,
        asked == founded
            ? new ClusterFounded(context.KnownPrimary, context.Term)
            : context.Refusal(MasterRefusalKind.WrongState, $"the cluster is founded with {founded}, not with {asked}"));
}
