namespace OrleansShards.Core.Masters;

/// <summary>
/// The last phase of a takeover: until every group has sent its heartbeat to the new primary, or the limit is over. It
/// only measures; who did not hear the notice is redirected by the first answer of the old primary.
/// </summary>
internal sealed class RedirectWatch(MasterContext context)
{
    private readonly HashSet<GroupId> _redirected = [];
    private Instant? _since;

    /// <summary>The takeover's record is in the log.</summary>
    /// <param name="since">When this master was promoted.</param>
    internal void Begin(Instant since) => _since = since;

    internal void OnHeartbeat(GroupId group) => _redirected.Add(group);

    internal void Step()
    {
        if (_since is not { } since)
            return;

        TimeSpan spent = context.Now - since;
        if (spent >= context.Config.RedirectLimit || context.Cluster.Groups.All(_redirected.Contains))
        {
            _since = null;
            MasterEntry.Redirected entry = new(context.Term, Takeover.Microseconds(spent));
            context.Propose(entry, new MasterPurpose.Redirect());
        }
    }
}
