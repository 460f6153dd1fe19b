using OrleansShards.Core.Groups;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

/// <summary>
/// Answers the requests to a primary about the shard map, groups and the cluster. Lives as long as one leadership: what it
/// knows of heartbeats and the shadow's progress ends with it.
/// </summary>
internal sealed class PrimaryRole(MasterContext context, SwitchoverCoordinator switchover)
{
    private readonly Dictionary<GroupId, Instant> _heardAt = [];

    internal ShadowWatch Shadow { get; } = new(context);

    internal RedirectWatch Redirect { get; } = new(context);

    internal MoveCoordinator Moves { get; } = new(context, switchover);

    internal void OnRequest(CallId call, Message request)
    {
        switch (request)
        {
            case Heartbeat heartbeat:
                OnHeartbeat(call, heartbeat);
                break;
            case QueryShadowStatus:
                AnswerAsPrimary(call, Shadow.Status);
                break;
            case var _ when !IsAboutCluster(request):
                context.Refuse(call, MasterRefusalKind.WrongState, $"no master is asked for {request.GetType().Name}");
                break;
            case var _ when context.State.Definition is null:
                context.Refuse(call, MasterRefusalKind.Unavailable, "the cluster is not created yet");
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
            case ChangeRestore { Command: RestoreCommand.Query }:
                context.AnswerFromLog(call, () => context.State.NewestRestore);
                break;
            case ChangeRestore change:
                Restore(call, change);
                break;
            case QueryClusterStatus query:
                context.AnswerFromLog(call, () => Status(query.WithEndedMoves));
                break;
            default:
                Moves.OnRequest(call, request);
                break;
        }
    }

    internal static void OnDecided(MasterContext context, CallId call, MasterOutcome outcome)
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
            case MasterOutcome.Forgotten:
                context.Answer(call, new GroupsForgotten());
                break;
            case MasterOutcome.Wanted wanted:
                Announce(context, wanted.Assigned);
                context.Answer(call, MoveView.Towards(context, wanted.Shard, wanted.Group));
                break;
            case MasterOutcome.Decided decided:
                Announce(context, decided.Moved);
                context.Answer(call, decided.Decision);
                break;
            case MasterOutcome.Restored restored:
                context.Answer(call, restored.Status);
                break;
            case MasterOutcome.Rejected rejected:
                context.Refuse(call, rejected.Kind, rejected.Text);
                break;
            default:
                throw new InvalidOperationException($"a decision that a caller waits for had the outcome {outcome.GetType().Name}");
        }
    }

    internal void Step()
    {
        Shadow.Step();
        if (!switchover.Holds)
        {
            Redirect.Step();
            if (context.State.Definition is not null)
                Moves.Driver.Step();
        }
    }

    private static bool IsAboutCluster(Message request) => request
        is LocateShard or QueryShard or ReportOwner or QueryConfig or QueryClusterStatus
        or JoinGroups or LeaveGroups or ForgetGroups or PinShard
        or MigrateShard or UndoMove or QueryMove or DecideMove or QueryMoveDecision or ChangeRestore;

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

    // A group that the cluster does not have is announced by its silo's heartbeats.
    private void OnHeartbeat(CallId call, Heartbeat heartbeat)
    {
        GroupId group = heartbeat.Group;
        bool isStranger = !context.Groups.Contains(group);
        if (isStranger && !(heartbeat.Announces && context.Cluster.MayHave(group)))
        {
            context.Refuse(call, MasterRefusalKind.UnknownName, GroupNames.Unknown(group, context.Groups));
            return;
        }

        if (!isStranger || Announced.Count() < MasterState.GroupsMax)
            _heardAt[group] = context.Now;

        Redirect.OnHeartbeat(group);
        AnswerAsPrimary(call, () => new HeartbeatReply(context.Self, context.Term) { IsStranger = isStranger });
    }

    private IEnumerable<GroupId> Announced => _heardAt.Keys.Where(group => !context.Groups.Contains(group));

    /// <summary>Answers that this master leads: at once while that is certain, else when the log has shown it.</summary>
    private void AnswerAsPrimary(CallId call, Func<Message> reply)
    {
        if (context.IsWithinSelfStop)
            context.Answer(call, reply());
        else
            context.AnswerFromLog(call, reply);
    }

    // Where the shard has an owner, the group that asks need not be one of the cluster: a client may have prepared its hand-over to that
    // group before the group was forgotten, and can finish it only there.
    private void Locate(CallId call, LocateShard request)
    {
        if (context.State.Find(request.Shard) is not null)
            Query(call, request.Shard);
        else if (!context.RefuseUnknown(call, request.Shard, request.Prefer))
            switchover.Decide(call, request, new MasterEntry.Assigned(request.Shard, request.Prefer));
    }

    private void Query(CallId call, ShardId shard)
    {
        if (!context.RefuseUnknown(call, shard))
            context.AnswerFromLog(call, () => context.State.Find(shard)?.ToReply() ?? new ShardOwner(null, Epoch.None, false));
    }

    /// <summary>
    /// A report that changes nothing is answered from the log: logged at each repetition, it would fill the log. An owner that the cluster
    /// does not have becomes one of its groups: (1) a client hands a shard over to a group, which serves it; (2) the group is forgotten, as
    /// no master knows of that; (3) its report arrives. What it holds would be out of reach if it were refused.
    /// </summary>
    private void Report(CallId call, ReportOwner report)
    {
        if (context.RefuseUnknown(call, report.Shard))
            return;

        (ShardId shard, GroupId owner, Epoch epoch, bool empty) = report;
        ImmutableArray<GroupId> added = context.State.StrangersAmong([owner]);
        if (ShardEntry.Compare(context.State.Find(shard), owner, epoch, empty) == OwnershipChange.None)
            Query(call, shard);
        else if (context.State.RejectAdded(added) is { } rejected)
            context.AnswerFromLog(call, () => context.Refusal(rejected.Kind, rejected.Text));
        else
            switchover.Decide(call, report, new MasterEntry.OwnerReported(shard, owner, epoch, empty), added);
    }

    // Begun again after a lost answer it gets another number, which does no harm: the attempt before can no longer be committed.
    private void Restore(CallId call, ChangeRestore change)
    {
        MasterEntry.RestoreChanged entry = new(change.Command, change.Restore, change.Backup);
        if (context.State.RejectRestore(entry) is { } rejected)
            context.AnswerFromLog(call, () => context.Refusal(rejected.Kind, rejected.Text));
        else
            switchover.Decide(call, change, entry);
    }

    private Message Status(bool withEndedMoves)
    {
        Message config = context.State.ConfigAt(null);
        return config is not ConfigReply map ? config : new ClusterStatusReply(
            [.. context.Cluster.Masters.Select(master => master == context.Self ? OwnStatus() : Shadow.Status(master))],
            map with { Groups = context.Groups },
            [.. context.Groups.Select(Age)],
            [.. context.State.Takeovers])
        {
            Members = context.State.Members,
            Moves = MoveView.All(context),
            Pins = context.State.Pins.ToImmutableSortedDictionary(static pin => pin.Key, static pin => pin.Value.Group),
            Ended = withEndedMoves ? MoveView.Ended(context.State) : null,
            Announced =
            [
                .. Announced.Where(group => context.Now - _heardAt[group] < context.Config.DetectAfter)
                    .OrderBy(static group => group.Value, StringComparer.Ordinal),
            ],
        };
    }

    private MasterStatus OwnStatus() => new(
        context.Self, IsPrimary: true, context.Term, context.Log.Applied.Index,
        (long)(context.Now - context.Log.GrownAt).TotalMilliseconds);

    private long? Age(GroupId group) =>
        _heardAt.TryGetValue(group, out Instant heardAt) ? (long)(context.Now - heardAt).TotalMilliseconds : null;
}

/// <summary>
/// The last phase of a takeover: until every group has sent its heartbeat to the new primary, or the limit is over. It only
/// measures: a group that missed the notice is redirected by the old primary's first answer.
/// </summary>
internal sealed class RedirectWatch(MasterContext context)
{
    private readonly HashSet<GroupId> _redirected = [];
    private Instant? _since;

    /// <summary>The takeover's record is in the log; this master was promoted at that time.</summary>
    internal void Begin(Instant since) => _since = since;

    internal void OnHeartbeat(GroupId group) => _redirected.Add(group);

    internal void Step()
    {
        if (_since is not { } since)
            return;

        TimeSpan spent = context.Now - since;
        if (spent >= context.Config.RedirectLimit || context.Groups.All(_redirected.Contains))
        {
            _since = null;
            context.Propose(new MasterEntry.Redirected(context.Term, Takeover.Microseconds(spent)), new MasterPurpose.Redirect());
        }
    }
}
