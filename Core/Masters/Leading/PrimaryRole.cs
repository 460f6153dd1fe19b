using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Core.Masters;

/// <summary>
/// What a primary is asked about the shard map, groups and the cluster. Lives as long as one leadership: what it has
/// heard (heartbeats, the shadow's progress) ends with it.
/// </summary>
internal sealed class PrimaryRole(MasterContext context, SwitchoverCoordinator switchover)
{
    private readonly Dictionary<GroupId, Instant> _heardAt = [];

    internal ShadowWatch Shadow { get; } = new(context);

    internal RedirectWatch Redirect { get; } = new(context);

    internal MoveCoordinator Moves { get; } = new(context, switchover);

    internal void Ask(CallId call, Message request)
    {
        switch (request)
        {
            case Heartbeat heartbeat:
                OnHeartbeat(call, heartbeat.Group);
                break;
            case QueryShadowStatus:
                AnswerAsPrimary(call, Shadow.Status);
                break;
            case LocateShard or QueryShard or ReportOwner or QueryConfig or QueryClusterStatus
                when context.State.Definition is null:
                context.Refuse(call, MasterRefusalKind.Unavailable, "the cluster is not founded yet");
                break;
            case LocateShard locate:
                Locate(call, locate);
                break;
            case QueryShard query:
                Query(call, query.Shard);
                break;
            case ReportOwner report:
                Report(call, report);
                break;
            case QueryConfig query:
                context.AnswerFromLog(call, () => context.State.ConfigAt(query.Epoch));
                break;
            case QueryClusterStatus:
                context.AnswerFromLog(call, Status);
                break;
            default:
                if (MoveCoordinator.Takes(request))
                {
                    Moves.Ask(call, request);
                    break;
                }

                context.Refuse(call, MasterRefusalKind.WrongState, $"no master is asked for {request.GetType().Name}");
                break;
        }
    }

    /// <summary>A decision that was waited for is in the log.</summary>
    internal static void Decided(MasterContext context, CallId call, MasterOutcome outcome)
    {
        switch (outcome)
        {
            case MasterOutcome.Ownership ownership:
                Announce(context, ownership);
                context.Answer(call, ownership.Owner.ToReply());
                break;
            case MasterOutcome.Rebalanced rebalanced:
                Announce(context, rebalanced.Assigned);
                context.Answer(call, new Rebalanced(rebalanced.Epoch));
                break;
            case MasterOutcome.Wished wished:
                Announce(context, wished.Assigned);
                context.Answer(call, MoveView.Towards(context, wished.Shard, wished.Group));
                break;
            case MasterOutcome.Settled settled:
                Announce(context, settled.Moved);
                context.Answer(call, settled.Decision);
                break;
            case MasterOutcome.Rejected rejected:
                context.Refuse(call, rejected.Kind, rejected.Text);
                break;
            default:
                throw new InvalidOperationException($"a decision that was waited for came to {outcome}");
        }
    }

    internal void Step()
    {
        Shadow.Step();
        if (!switchover.Holds)
        {
            Redirect.Step();
            Moves.Step();
        }
    }

    private static void Announce(MasterContext context, MasterOutcome.Ownership? ownership)
    {
        if (ownership is null)
            return;

        ShardEntry entry = ownership.Owner;
        if (ownership.Change == OwnershipChange.Moved)
            context.Publish(new ShardMoved(ownership.Shard, entry.Owner, entry.Epoch));
        else if (ownership.Change == OwnershipChange.Conflict)
            context.Alarm($"two groups claim shard {ownership.Shard} at epoch {entry.Epoch}; {entry.Owner} keeps it");
    }

    private void OnHeartbeat(CallId call, GroupId group)
    {
        if (!context.Cluster.Has(group))
        {
            context.Refuse(call, MasterRefusalKind.UnknownName, $"there is no group {group}");
            return;
        }

        _heardAt[group] = context.Now;
        Redirect.OnHeartbeat(group);
        AnswerAsPrimary(call, () => new HeartbeatReply(context.Self, context.Term));
    }

    /// <summary>Says who leads: at once while that is certain, else only when the log has shown it.</summary>
    private void AnswerAsPrimary(CallId call, Func<Message> reply)
    {
        if (context.Claims)
            context.Answer(call, reply());
        else
            context.AnswerFromLog(call, reply);
    }

    private void Locate(CallId call, LocateShard request)
    {
        if (IsUnknown(call, request.Shard, request.Prefer))
            return;

        if (context.State.Find(request.Shard) is not null)
            Query(call, request.Shard);
        else
            Decide(call, request, new MasterEntry.Assigned(request.Shard, request.Prefer));
    }

    private void Query(CallId call, ShardId shard)
    {
        if (!IsUnknown(call, shard, null))
        {
            context.AnswerFromLog(
                call, () => context.State.Find(shard)?.ToReply() ?? new ShardOwner(null, Epoch.None, false));
        }
    }

    /// <summary>A report that changes nothing is answered from the log; repeated for ever, it would fill it.</summary>
    private void Report(CallId call, ReportOwner report)
    {
        if (IsUnknown(call, report.Shard, report.Owner))
            return;

        ShardEntry? present = context.State.Find(report.Shard);
        if (ShardReport.Compare(present, report.Owner, report.Epoch, report.Empty) == OwnershipChange.None)
            Query(call, report.Shard);
        else
            Decide(call, report, new MasterEntry.OwnerReported(report.Shard, report.Owner, report.Epoch, report.Empty));
    }

    private void Decide(CallId call, Message request, MasterEntry entry)
    {
        if (switchover.Holds)
            switchover.Hold(call, request);
        else
            context.Propose(entry, new MasterPurpose.Decide(call, entry));
    }

    private bool IsUnknown(CallId call, ShardId shard, GroupId? group)
    {
        string? unknown = MasterNames.Unknown(context.Cluster, shard, group);
        if (unknown is not null)
            context.Refuse(call, MasterRefusalKind.UnknownName, unknown);

        return unknown is not null;
    }

    private Message Status()
    {
        Message config = context.State.ConfigAt(null);
        return config is ConfigReply map ? Status(map) : config;
    }

    private ClusterStatusReply Status(ConfigReply map) => new(
        [.. context.Cluster.Masters.Select(master => master == context.Self ? OwnStatus() : Shadow.Status(master))],
        map with { Groups = context.Cluster.Groups },
        [.. context.Cluster.Groups.Select(Age)],
        [.. context.State.Takeovers])
    {
        Members = context.State.Members,
        Moves = MoveView.All(context),
    };

    private MasterStatus OwnStatus() => new(
        context.Self, IsPrimary: true, context.Term, context.Log.Applied.Index,
        (long)(context.Now - context.Log.GrownAt).TotalMilliseconds);

    private long? Age(GroupId group) =>
        _heardAt.TryGetValue(group, out Instant heardAt) ? (long)(context.Now - heardAt).TotalMilliseconds : null;
}
