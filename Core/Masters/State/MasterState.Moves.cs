using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

// Members, pins, and moves.
public sealed partial class MasterState
{
    private readonly MoveTable _moves = new();

    /// <summary>The groups that are members, in the cluster's order: every group from the founding on.</summary>
    public ImmutableArray<GroupId> Members => _map.Membership.Members;

    /// <summary>The moves that have not ended, by shard.</summary>
    public IReadOnlyDictionary<int, ShardMove> ActiveMoves => _moves.Active;

    /// <summary>Where the shards are to be that are not there yet, by shard.</summary>
    public IReadOnlyDictionary<int, WantedPlace> WantedPlaces => _moves.Wanted;

    /// <summary>The pinned shards.</summary>
    public IReadOnlyDictionary<int, ShardPin> Pins => _map.Pins;

    /// <summary>The newest committed move of each shard that was moved, by shard; it may not have ended.</summary>
    public IReadOnlyDictionary<int, ShardMove> CommittedMoves => _moves.Committed;

    internal MoveTable Moves => _moves;

    /// <summary>The shard's newest committed move, whether it has ended or not; null where it has none.</summary>
    public ShardMove? FindCommitted(ShardId shard) => _moves.FindCommitted(shard);

    /// <summary>Where a shard is, or is to be; null where nobody has it.</summary>
    internal GroupId? PlaceOf(ShardId shard) => _moves.FindWanted(shard)?.Group ?? _map.Find(shard)?.Owner;

    /// <summary>What is decided already about a seal; null where nothing is, or the log has no such move.</summary>
    internal MoveDecision? VerdictOf(ShardId shard, MoveId move, Epoch granted) => move > _moves.Newest
        ? null
        : MoveDecider.Known(_moves.FindActive(shard), _moves.FindCommitted(shard), move, granted);

    /// <summary>Where every shard would be wanted if these were the members.</summary>
    internal ImmutableSortedDictionary<int, GroupId> PlanFor(ImmutableArray<GroupId> members) =>
        BalancePlanner.Plan([.. _map.Entries.Select(pair => PlaceOf(pair.Key, pair.Value, members))], members);

    /// <summary>Why groups cannot join or leave, for people; null where they can.</summary>
    internal MasterOutcome.Rejected? Hindrance(ImmutableArray<GroupId> groups, bool join)
    {
        foreach (GroupId group in groups)
        {
            if (!_map.Membership.All.Contains(group))
                return new MasterOutcome.Rejected(MasterRefusalKind.UnknownName, $"there is no group {group}");
        }

        return groups.IsEmpty
            ? new MasterOutcome.Rejected(MasterRefusalKind.WrongState, "no group was named, at least one was expected")
            : !join && Members.All(groups.Contains)
                ? new MasterOutcome.Rejected(MasterRefusalKind.WrongState, "no member would be left, one has to stay")
                : null;
    }

    /// <summary>Why a shard cannot be placed at a group, for people; null where it can.</summary>
    internal MasterOutcome.Rejected? Hindrance(ClusterDefinition cluster, ShardId shard, GroupId group) =>
        Unknown(cluster, shard, group)
        ?? (_map.Membership.Has(group)
            ? null
            : new MasterOutcome.Rejected(MasterRefusalKind.WrongState, $"group {group} is not a member"));

    /// <summary>Who of these groups would join, or leave: the others have already.</summary>
    internal ImmutableArray<GroupId> Changing(ImmutableArray<GroupId> groups, bool join) =>
        [.. _map.Membership.All.Where(group => groups.Contains(group) && _map.Membership.Has(group) != join)];

    private ShardPlace PlaceOf(int shard, ShardEntry entry, ImmutableArray<GroupId> members)
    {
        bool isPinned = _map.Pins.TryGetValue(shard, out ShardPin pin) && members.Contains(pin.Group);
        GroupId place = isPinned ? pin.Group : PlaceOf(new ShardId(shard)) ?? entry.Owner;
        return new ShardPlace(shard, entry.Owner, place, isPinned);
    }

    private MasterOutcome ChangeMembers(ImmutableArray<GroupId> groups, bool join)
    {
        if (Hindrance(groups, join) is { } hindrance)
            return hindrance;

        ImmutableArray<GroupId> changing = Changing(groups, join);
        if (!changing.IsEmpty)
        {
            _map.ChangeMembers(changing, join);
            Rebalance();
        }

        return new MasterOutcome.Rebalanced(_map.Membership.Since(groups), null);
    }

    /// <summary>The member with the fewest shards, those counted that are wanted there; the first of those that are equal.</summary>
    private GroupId LeastLoaded() =>
        Members.MinBy(group => _map.Entries.Count(pair => PlaceOf(new ShardId(pair.Key)) == group));

    private void Rebalance()
    {
        foreach ((int number, GroupId group) in PlanFor(Members))
        {
            ShardId shard = new(number);
            if (PlaceOf(shard) != group)
                _moves.Want(shard, _map.Find(shard)!.Owner, new WantedPlace(group, MoveId.None));
        }
    }

    private MasterOutcome Pin(MasterEntry.Pinned entry, ClusterDefinition cluster)
    {
        if (Hindrance(cluster, entry.Shard, entry.Group) is { } hindrance)
            return hindrance;

        if (_map.Pins.TryGetValue(entry.Shard.Value, out ShardPin pin) && pin.Group == entry.Group)
            return new MasterOutcome.Rebalanced(pin.At, null);

        MasterOutcome.Ownership? assigned = AssignTo(entry.Shard, entry.Group);
        if (assigned is null)
        {
            Want(entry.Shard, entry.Group, MoveId.None);
            _map.Changed(MapChange.Pinned(entry.Shard.Value, entry.Group));
        }

        _map.Pins[entry.Shard.Value] = new ShardPin(entry.Group, MapEpoch);
        return new MasterOutcome.Rebalanced(MapEpoch, assigned);
    }

    private MasterOutcome WantAt(MasterEntry.Wanted entry, ClusterDefinition cluster)
    {
        if (Hindrance(cluster, entry.Shard, entry.Group) is { } hindrance)
            return hindrance;

        if (entry.UndoOf > MoveId.None && _moves.FindCommitted(entry.Shard)?.Id != entry.UndoOf)
        {
            return new MasterOutcome.Rejected(
                MasterRefusalKind.WrongState, $"move {entry.UndoOf} is not the newest of shard {entry.Shard} by now");
        }

        MasterOutcome.Ownership? assigned = AssignTo(entry.Shard, entry.Group);
        if (assigned is null)
            Want(entry.Shard, entry.Group, entry.UndoOf);

        if (_map.Pins.TryGetValue(entry.Shard.Value, out ShardPin pin) && pin.Group != entry.Group)
            _map.Pins.Remove(entry.Shard.Value);

        return new MasterOutcome.Wished(entry.Shard, entry.Group, assigned);
    }

    private MasterOutcome.Ownership? AssignTo(ShardId shard, GroupId group) => _map.Find(shard) is null
        ? Move(shard, new ShardEntry(group, Epoch.None.Next(), MayOpenEmpty: true))
        : null;

    private void Want(ShardId shard, GroupId group, MoveId undoOf)
    {
        // Said again, it stays what it was: an undo that a migration repeats is still one.
        if (PlaceOf(shard) != group || undoOf > MoveId.None)
            _moves.Want(shard, _map.Find(shard)!.Owner, new WantedPlace(group, undoOf));
    }

    private MasterOutcome Begin(MasterEntry.MoveBegun entry)
    {
        bool isDue = _moves.FindWanted(entry.Shard)?.Group == entry.To && _moves.FindActive(entry.Shard) is null;
        if (!isDue || _map.Find(entry.Shard) is not { } present)
        {
            return new MasterOutcome.Rejected(
                MasterRefusalKind.WrongState, $"no move of shard {entry.Shard} to {entry.To} is due");
        }

        _moves.Begin(entry.Shard, present.Owner, _moves.FindWanted(entry.Shard)!.Value);
        return MasterOutcome.Done.Instance;
    }

    private MasterOutcome Settle(MasterEntry.MoveSettled entry)
    {
        if (entry.Move > _moves.Newest || entry.Move == MoveId.None)
        {
            return new MasterOutcome.Rejected(
                MasterRefusalKind.WrongState, $"there is no move {entry.Move}, the newest is {_moves.Newest}");
        }

        if (VerdictOf(entry.Shard, entry.Move, entry.Granted) is { } known)
            return new MasterOutcome.Settled(new MoveDecided(entry.Move, entry.Granted, known), null);

        ShardMove open = _moves.FindActive(entry.Shard)!;
        if (entry.Receipt is null || !MoveDecider.MayCommit(open, _map.Find(entry.Shard)!, entry.Granted))
        {
            _moves.Cancel(open, entry.Granted);
            return new MasterOutcome.Settled(new MoveDecided(open.Id, entry.Granted, MoveDecision.Cancelled), null);
        }

        _moves.Commit(open, entry.Granted, entry.Receipt);
        return new MasterOutcome.Settled(
            new MoveDecided(open.Id, entry.Granted, MoveDecision.Committed),
            Move(open.Shard, new ShardEntry(open.Target, entry.Granted, MayOpenEmpty: false)));
    }

    private MasterOutcome.Done Abort(MasterEntry.MoveAborted entry)
    {
        if (_moves.FindActive(entry.Shard) is { IsCommitted: false } open && open.Id == entry.Move)
            _moves.Abort(open, entry.Text);

        return MasterOutcome.Done.Instance;
    }

    private MasterOutcome.Done End(MasterEntry.MoveEnded entry)
    {
        if (_moves.FindActive(entry.Shard) is { IsCommitted: true } committed && committed.Id == entry.Move)
            _moves.End(committed, entry.PauseUs);

        return MasterOutcome.Done.Instance;
    }
}
