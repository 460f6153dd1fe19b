using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// What a primary is asked about members and moves. Lives as long as one leadership. A request that is carried out
/// already is answered from the log: repeated for ever, it would fill it.
/// </summary>
internal sealed class MoveCoordinator(MasterContext context, SwitchoverCoordinator switchover)
{
    internal MoveDriver Driver { get; } = new(context);

    private MasterState State => context.State;

    internal void Step()
    {
        if (State.Definition is not null)
            Driver.Step();
    }

    /// <summary>Whether a request is about members and moves.</summary>
    internal static bool Takes(Message request) => request is JoinGroups or LeaveGroups or PinShard or MigrateShard
        or UndoMove or QueryMove or SettleMove or QueryMoveDecision;

    internal void Ask(CallId call, Message request)
    {
        if (context.State.Definition is null)
        {
            context.Refuse(call, MasterRefusalKind.Unavailable, "the cluster is not founded yet");
            return;
        }

        switch (request)
        {
            case JoinGroups join:
                ChangeMembers(call, request, join.Groups, isJoin: true, join.PlanOnly);
                break;
            case LeaveGroups leave:
                ChangeMembers(call, request, leave.Groups, isJoin: false, leave.PlanOnly);
                break;
            case PinShard pin:
                Pin(call, pin);
                break;
            case MigrateShard migrate:
                Migrate(call, migrate);
                break;
            case UndoMove undo when !IsUnknown(call, undo.Shard):
                Undo(call, undo);
                break;
            case QueryMove query when !IsUnknown(call, query.Shard):
                context.AnswerFromLog(call, () => MoveView.Status(context, query.Shard));
                break;
            case SettleMove settle when !IsUnknown(call, settle.Shard):
                Settle(call, settle);
                break;
            case QueryMoveDecision query when !IsUnknown(call, query.Shard):
                context.AnswerFromLog(call, () => Decision(query));
                break;
        }
    }

    private void ChangeMembers(
        CallId call, Message request, ImmutableArray<GroupId> groups, bool isJoin, bool isPlan)
    {
        if (State.Hindrance(groups, isJoin) is { } hindrance)
            Refuse(call, hindrance);
        else if (isPlan)
            Plan(call, State.PlanFor(MembersAfter(groups, isJoin)));
        else if (State.Changing(groups, isJoin).IsEmpty)
            context.AnswerFromLog(call, () => new Rebalanced(State.Map.Membership.Since(groups)));
        else
            Decide(call, request, isJoin ? new MasterEntry.Joined(groups) : new MasterEntry.Left(groups));
    }

    private ImmutableArray<GroupId> MembersAfter(ImmutableArray<GroupId> groups, bool isJoin) =>
        MapChange.Members(groups, isJoin).Apply(State.Members, State.Map.Membership.All);

    private void Pin(CallId call, PinShard request)
    {
        if (State.Hindrance(context.Cluster, request.Shard, request.Group) is { } hindrance)
            Refuse(call, hindrance);
        else if (request.PlanOnly)
            Plan(call, ImmutableSortedDictionary<int, GroupId>.Empty.Add(request.Shard.Value, request.Group));
        else if (State.Pins.TryGetValue(request.Shard.Value, out ShardPin pin) && pin.Group == request.Group)
            context.AnswerFromLog(call, () => new Rebalanced(pin.At));
        else
            Decide(call, request, new MasterEntry.Pinned(request.Shard, request.Group));
    }

    private void Migrate(CallId call, MigrateShard request)
    {
        ShardId shard = request.Shard;
        if (State.Hindrance(context.Cluster, shard, request.Target) is { } hindrance)
        {
            Refuse(call, hindrance);
            return;
        }

        bool isPinnedElsewhere = State.Pins.TryGetValue(shard.Value, out ShardPin pin) && pin.Group != request.Target;
        if (State.PlaceOf(shard) == request.Target && !isPinnedElsewhere)
            context.AnswerFromLog(call, () => MoveView.Towards(context, shard, request.Target));
        else
            Decide(call, request, new MasterEntry.Wanted(shard, request.Target, MoveId.None));
    }

    /// <summary>
    /// The move back is marked as an undo, in the wish and then in the move: while it is wanted, under way, or the
    /// shard's newest move, the request is answered by how it stands. So an undo is not undone by being asked for
    /// twice; whoever wants that asks for a migration.
    /// </summary>
    private void Undo(CallId call, UndoMove request)
    {
        ShardMove? last = State.FindCommitted(request.Shard);
        bool isUndone = last is not null
            && (last.UndoOf > MoveId.None || State.Moves.FindWanted(request.Shard)?.UndoOf == last.Id);
        if (isUndone)
            context.AnswerFromLog(call, () => MoveView.Status(context, request.Shard));
        else if (UndoHindrance(request.Shard, last) is { } text)
            Refuse(call, new MasterOutcome.Rejected(MasterRefusalKind.WrongState, text));
        else
            Decide(call, request, new MasterEntry.Wanted(request.Shard, last!.Source, last.Id));
    }

    private string? UndoHindrance(ShardId shard, ShardMove? last)
    {
        if (last is null)
            return $"shard {shard} has not been moved: there is nothing to undo";

        TimeSpan age = context.Now - Driver.CommittedSince(last);
        TimeSpan window = context.Config.MoveUndoWindow;
        return State.Find(shard)!.Owner != last.Target
                ? $"shard {shard} was handed on from {last.Target} since: the move cannot be undone"
            : !State.Members.Contains(last.Source) ? $"group {last.Source} is not a member any more"
            : age >= window
                ? $"committed {age.TotalSeconds:0} s ago; it could be undone for {window.TotalSeconds:0} s"
            : null;
    }

    private void Settle(CallId call, SettleMove request)
    {
        if (request.Move > State.Moves.Newest || request.Move == MoveId.None)
        {
            context.AnswerFromLog(call, () => NoSuchMove(request.Move));
        }
        else if (State.VerdictOf(request.Shard, request.Move, request.Granted) is { } verdict)
        {
            context.AnswerFromLog(call, () => new MoveDecided(request.Move, request.Granted, verdict));
        }
        else
        {
            Decide(call, request, new MasterEntry.MoveSettled(
                request.Shard, request.Move, request.Granted, request.Receipt));
        }
    }

    private Message Decision(QueryMoveDecision query)
    {
        MoveTable moves = State.Moves;
        ShardMove? committed = moves.FindCommitted(query.Shard);
        return query.Move > moves.Newest || query.Move == MoveId.None ? NoSuchMove(query.Move)
            : committed?.Id == query.Move ? new MoveDecided(query.Move, committed.Granted, MoveDecision.Committed)
            : moves.FindActive(query.Shard)?.Id == query.Move ? new MoveOpen(query.Move)
            : new MoveDecided(query.Move, Epoch.None, MoveDecision.Aborted);
    }

    private MasterRefusal NoSuchMove(MoveId move) => context.Refusal(
        MasterRefusalKind.WrongState, $"there is no move {move}, the newest is {State.Moves.Newest}");

    /// <summary>What would have to move for a placement, with sizes and the pause that is to be expected.</summary>
    private void Plan(CallId call, ImmutableSortedDictionary<int, GroupId> placement)
    {
        long? pauseUs = ExpectedPause();
        PlannedMove[] moves =
        [
            .. placement
                .Select(pair => (Shard: new ShardId(pair.Key), Target: pair.Value, State.Find(new ShardId(pair.Key))?.Owner))
                .Where(static move => move.Owner is { } owner && owner != move.Target)
                .Select(move => new PlannedMove(move.Shard, move.Owner!.Value, move.Target, null, pauseUs)),
        ];
        new PlanInquiry(call, moves).Begin(context);
    }

    private long? ExpectedPause()
    {
        long[] pauses =
        [
            .. State.Moves.Committed.Values.Select(static move => move.PauseUs).OfType<long>().Order(),
        ];
        return pauses.Length == 0 ? null : pauses[(pauses.Length - 1) / 2];
    }

    /// <summary>The reason is in a state that may be an old one: only the log shows that it is not.</summary>
    private void Refuse(CallId call, MasterOutcome.Rejected rejected) =>
        context.AnswerFromLog(call, () => context.Refusal(rejected.Kind, rejected.Text));

    private bool IsUnknown(CallId call, ShardId shard)
    {
        string? unknown = MasterNames.Unknown(context.Cluster, shard, null);
        if (unknown is not null)
            context.Refuse(call, MasterRefusalKind.UnknownName, unknown);

        return unknown is not null;
    }

    private void Decide(CallId call, Message request, MasterEntry entry)
    {
        if (switchover.Holds)
            switchover.Hold(call, request);
        else
            context.Propose(entry, new MasterPurpose.Decide(call, entry));
    }
}
