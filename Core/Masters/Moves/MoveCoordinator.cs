using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// Answers a primary's requests about members and moves. Lives as long as one leadership. A request that is already
/// carried out is answered from the log: logged at each repetition, it would fill the log.
/// </summary>
internal sealed class MoveCoordinator(MasterContext context, SwitchoverCoordinator switchover)
{
    internal MoveDriver Driver { get; } = new(context);

    private MasterState State => context.State;

    internal void OnRequest(CallId call, Message request)
    {
        switch (request)
        {
            case JoinGroups join:
                ChangeMembers(call, request, join.Groups, isJoin: true, join.PlanOnly);
                break;
            case LeaveGroups leave:
                ChangeMembers(call, request, leave.Groups, isJoin: false, leave.PlanOnly);
                break;
            case ForgetGroups forget:
                Forget(call, forget);
                break;
            case PinShard pin:
                Pin(call, pin);
                break;
            case MigrateShard { Cancels: true } cancel:
                Cancel(call, cancel);
                break;
            case MigrateShard migrate:
                Migrate(call, migrate);
                break;
            case UndoMove undo when !context.RefuseUnknown(call, undo.Shard):
                Undo(call, undo);
                break;
            case QueryMove query when !context.RefuseUnknown(call, query.Shard):
                context.AnswerFromLog(call, () => MoveView.Status(context, query.Shard) with { Choices = ChoicesOf(query.Shard) });
                break;
            case DecideMove decide when !context.RefuseUnknown(call, decide.Shard):
                Decide(call, decide);
                break;
            case QueryMoveDecision query when !context.RefuseUnknown(call, query.Shard):
                context.AnswerFromLog(call, () => Decision(query));
                break;
        }
    }

    private void ChangeMembers(CallId call, Message request, ImmutableArray<GroupId> groups, bool isJoin, bool isPlan)
    {
        ImmutableArray<GroupId> added = isJoin ? State.StrangersAmong(groups) : [];
        if ((State.RejectAdded(added) ?? State.RejectMembers(groups, isJoin, added)) is { } rejected)
            Refuse(call, rejected);
        else if (isPlan)
            Plan(call, State.PlanFor(MapChange.Members(groups, isJoin).Apply(State.Members, [.. State.Groups, .. added])));
        else if (added.IsEmpty && State.Changing(groups, isJoin).IsEmpty)
            context.AnswerFromLog(call, () => Repeated(groups, isJoin));
        else
            switchover.Decide(call, request, isJoin ? new MasterEntry.Joined(groups) : new MasterEntry.Left(groups), added);
    }

    // A group may have been forgotten by a decision that was on its way into the log when this was asked.
    private Message Repeated(ImmutableArray<GroupId> groups, bool isJoin) => State.RejectMembers(groups, isJoin) is { } since
        ? context.Refusal(since.Kind, since.Text)
        : new Rebalanced(State.Map.Membership.Since(groups));

    // A group that the cluster does not have is forgotten already: a repetition gets the same answer, unless it has joined by then.
    private void Forget(CallId call, ForgetGroups request)
    {
        ImmutableArray<GroupId> known = [.. request.Groups.Where(State.Groups.Contains)];
        if (State.RejectForgotten(request.Groups) is { } rejected)
        {
            Refuse(call, rejected);
        }
        else if (known.IsEmpty)
        {
            context.AnswerFromLog(call, () => State.RejectForgotten(request.Groups) is { } since
                ? context.Refusal(since.Kind, since.Text)
                : new GroupsForgotten());
        }
        else
        {
            new HoldingInquiry(call, known, () => switchover.Decide(call, request, new MasterEntry.Forgotten(known))).Begin(context);
        }
    }

    private void Pin(CallId call, PinShard request)
    {
        if (State.RejectPlace(context.Cluster, request.Shard, request.Group) is { } rejected)
            Refuse(call, rejected);
        else if (request.PlanOnly)
            Plan(call, ImmutableSortedDictionary<int, GroupId>.Empty.Add(request.Shard.Value, request.Group));
        else if (State.Pins.TryGetValue(request.Shard.Value, out ShardPin pin) && pin.Group == request.Group)
            context.AnswerFromLog(call, () => new Rebalanced(pin.At));
        else
            DecideIfThereIsRoom(call, request, request.Shard, request.Group, new MasterEntry.Pinned(request.Shard, request.Group));
    }

    private void Migrate(CallId call, MigrateShard request)
    {
        ShardId shard = request.Shard;
        bool isPinnedElsewhere = State.Pins.TryGetValue(shard.Value, out ShardPin pin) && pin.Group != request.Target;
        if (State.RejectPlace(context.Cluster, shard, request.Target) is { } rejected)
            Refuse(call, rejected);
        else if (State.PlaceOf(shard) == request.Target && !isPinnedElsewhere)
            context.AnswerFromLog(call, () => MoveView.Towards(context, shard, request.Target));
        else
            DecideIfThereIsRoom(call, request, shard, request.Target, new MasterEntry.Wanted(shard, request.Target, MoveId.None));
    }

    private void Cancel(CallId call, MigrateShard request)
    {
        (ShardId shard, GroupId source) = (request.Shard, request.Target);
        bool isPinnedElsewhere = State.Pins.TryGetValue(shard.Value, out ShardPin pin) && pin.Group != source;
        if (State.RejectKept(context.Cluster, shard, source) is { } rejected)
            Refuse(call, rejected);
        else if (State.PlaceOf(shard) == source && !isPinnedElsewhere && !State.ReplacedPins.ContainsKey(shard.Value))
            context.AnswerFromLog(call, () => MoveView.Towards(context, shard, source));
        else
            DecideIfThereIsRoom(call, request, shard, source, new MasterEntry.MoveCancelled(shard, source));
    }

    // The move back is marked as an undo, first in the wanted place and then in the move. While it is wanted, under way,
    // or the shard's newest move, a repeated request is answered with its status: repeating an undo does not undo it. To
    // move the shard forward again, a client requests a migration.
    private void Undo(CallId call, UndoMove request)
    {
        ShardMove? last = State.FindCommitted(request.Shard);
        if (IsUndone(request.Shard, last))
            context.AnswerFromLog(call, () => MoveView.Status(context, request.Shard));
        else if (WhyNotUndone(request.Shard, last) is { } text)
            Refuse(call, new MasterOutcome.Rejected(MasterRefusalKind.WrongState, text));
        else
            DecideIfThereIsRoom(call, request, request.Shard, last!.Source, new MasterEntry.Wanted(request.Shard, last.Source, last.Id));
    }

    private bool IsUndone(ShardId shard, ShardMove? last) =>
        last is not null && (last.UndoOf > MoveId.None || State.Moves.FindWanted(shard)?.UndoOf == last.Id);

    private MoveChoices ChoicesOf(ShardId shard)
    {
        ShardMove? last = State.FindCommitted(shard);
        bool isUndone = IsUndone(shard, last);
        string? whyNotUndone = isUndone ? null : WhyNotUndone(shard, last);
        GroupId? owner = State.Find(shard)?.Owner;
        bool isDue = State.Moves.FindWanted(shard) is not null;
        return new MoveChoices(
            isUndone || whyNotUndone is not null ? null : last!.Source,
            whyNotUndone,
            isDue && owner is { } source ? State.RejectKept(context.Cluster, shard, source)?.Text : null,
            isDue && State.ReplacedPins.TryGetValue(shard.Value, out ShardPin pin) && pin.Group == owner);
    }

    // What an operator asks for is refused while its target has no room. The cluster's own moves are not asked about: they follow from
    // who is a member, and a target without room refuses them when they begin.
    private void DecideIfThereIsRoom(CallId call, Message request, ShardId shard, GroupId target, MasterEntry entry)
    {
        if (State.Find(shard)?.Owner is { } owner && owner != target)
            new RoomInquiry(call, shard, owner, target, () => switchover.Decide(call, request, entry)).Begin(context);
        else
            switchover.Decide(call, request, entry);
    }

    private string? WhyNotUndone(ShardId shard, ShardMove? last)
    {
        if (last is null)
            return $"shard {shard} has not been moved: there is nothing to undo";

        TimeSpan age = context.Commits.AgeOf(last, context.Now);
        TimeSpan window = context.Config.MoveUndoWindow;
        return State.Find(shard)!.Owner != last.Target
                ? $"shard {shard} was handed on from {last.Target} since: the move cannot be undone"
            : !State.Members.Contains(last.Source) ? $"group {last.Source} is not a member any more"
            : age >= window
                ? $"committed {age.TotalSeconds:0} s ago; it could be undone for {window.TotalSeconds:0} s"
            : null;
    }

    private void Decide(CallId call, DecideMove request)
    {
        MasterEntry.SealDecided entry = new(request.Shard, request.Move, request.Granted, request.Receipt);
        if (!State.Moves.Has(request.Move))
            context.AnswerFromLog(call, () => NoSuchMove(request.Move));
        else if (State.Moves.FindDecision(request.Shard, request.Move, request.Granted) is { } known)
            context.AnswerFromLog(call, () => new MoveDecided(request.Move, request.Granted, known));
        else
            switchover.Decide(call, request, entry);
    }

    private Message Decision(QueryMoveDecision query)
    {
        ShardMove? committed = State.FindCommitted(query.Shard);
        return !State.Moves.Has(query.Move) ? NoSuchMove(query.Move)
            : committed?.Id == query.Move ? new MoveDecided(query.Move, committed.Granted, MoveDecision.Committed)
            : State.Moves.FindActive(query.Shard)?.Id == query.Move ? new MoveOpen(query.Move)
            : new MoveDecided(query.Move, Epoch.None, MoveDecision.Aborted);
    }

    private MasterRefusal NoSuchMove(MoveId move) => context.Refusal(
        MasterRefusalKind.WrongState, $"there is no move {move}, the newest is {State.Moves.Newest}");

    /// <summary>Answers with the moves that a placement needs, their sizes and their expected pause.</summary>
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

    /// <summary>The median pause of the newest moves; null before the first.</summary>
    private long? ExpectedPause()
    {
        long[] pauses = [.. State.Moves.Committed.Values.Select(static move => move.PauseUs).OfType<long>().Order()];
        return pauses.Length == 0 ? null : pauses[(pauses.Length - 1) / 2];
    }

    /// <summary>The state that the reason is in may be stale: only the log shows that it is not.</summary>
    private void Refuse(CallId call, MasterOutcome.Rejected rejected) =>
        context.AnswerFromLog(call, () => context.Refusal(rejected.Kind, rejected.Text));
}
