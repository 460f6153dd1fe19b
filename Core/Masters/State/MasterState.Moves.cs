using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

// Members, pins, and moves.
public sealed partial class MasterState
{
    /// <summary>The groups that are members, in the cluster's order; every group when the cluster is created.</summary>
    public ImmutableArray<GroupId> Members => Map.Membership.Members;

    /// <summary>The moves that have not ended, by shard.</summary>
    public IReadOnlyDictionary<int, ShardMove> ActiveMoves => Moves.Active;

    /// <summary>Where the shards are wanted that are not there yet, by shard.</summary>
    public IReadOnlyDictionary<int, WantedPlace> WantedPlaces => Moves.Wanted;

    /// <summary>The pinned shards, by number.</summary>
    public IReadOnlyDictionary<int, ShardPin> Pins => Map.Pins;

    /// <summary>The pins that a cancelled move of a shard gets back, by number of the shard.</summary>
    public IReadOnlyDictionary<int, ShardPin> ReplacedPins => Map.ReplacedPins;

    /// <summary>The newest ended move of each shard that was committed, by shard.</summary>
    public IReadOnlyDictionary<int, ShardMove> CommittedMoves => Moves.Committed;

    /// <summary>The newest move of each shard that was given up, by shard.</summary>
    public IReadOnlyDictionary<int, ShardMove> AbortedMoves => Moves.Aborted;

    internal MoveTable Moves { get; } = new();

    /// <summary>The shard's newest committed move, whether it has ended or not; null where it has none.</summary>
    public ShardMove? FindCommitted(ShardId shard) => Moves.FindCommitted(shard);

    /// <summary>Where a shard is wanted, which is where it is unless a move is due; null where it has no owner.</summary>
    internal GroupId? PlaceOf(ShardId shard) => Moves.FindWanted(shard)?.Group ?? Map.Find(shard)?.Owner;

    internal ImmutableSortedDictionary<int, GroupId> PlanFor(ImmutableArray<GroupId> members) =>
        BalancePlanner.Plan([.. Map.Entries.Select(pair => PlaceOf(pair.Key, pair.Value, members))], members);

    /// <summary>Why groups cannot join or leave, of which some become known before that; null where they can.</summary>
    internal MasterOutcome.Rejected? RejectMembers(
        ImmutableArray<GroupId> groups, bool join, ImmutableArray<GroupId> added = default)
    {
        foreach (GroupId group in added.IsDefaultOrEmpty ? groups : groups.Except(added))
        {
            if (Unknown(group) is { } text)
                return new MasterOutcome.Rejected(MasterRefusalKind.UnknownName, text);
        }

        return groups.IsEmpty ? WrongState("no group was named, at least one was expected")
            : !join && Members.All(groups.Contains) ? WrongState("no member would be left, one has to stay")
            : null;
    }

    /// <summary>Why a shard cannot be placed at a group; null where it can.</summary>
    internal MasterOutcome.Rejected? RejectPlace(ClusterDefinition cluster, ShardId shard, GroupId group) =>
        RejectUnknown(cluster, shard, group)
        ?? (Map.Membership.Has(group) ? null : WrongState($"group {group} is not a member"));

    /// <summary>Why a shard cannot stay at its owner when its move is cancelled; null where it can.</summary>
    internal MasterOutcome.Rejected? RejectKept(ClusterDefinition cluster, ShardId shard, GroupId group) =>
        RejectUnknown(cluster, shard, group)
        ?? (!Map.Membership.Has(group)
                ? WrongState($"shard {shard} cannot stay at {group}, which has left; expected that {group} joins again first")
            : Map.Find(shard) is null ? WrongState($"shard {shard} has no owner: it is not being moved")
            : null);

    /// <summary>Which of these groups would join or leave: the others have already.</summary>
    internal ImmutableArray<GroupId> Changing(ImmutableArray<GroupId> groups, bool join) =>
        [.. Map.Membership.All.Where(group => groups.Contains(group) && Map.Membership.Has(group) != join)];

    private ShardPlace PlaceOf(int shard, ShardEntry entry, ImmutableArray<GroupId> members)
    {
        bool isPinned = Map.Pins.TryGetValue(shard, out ShardPin pin) && members.Contains(pin.Group);
        GroupId place = isPinned ? pin.Group : PlaceOf(new ShardId(shard)) ?? entry.Owner;
        return new ShardPlace(shard, entry.Owner, place, isPinned);
    }

    private MasterOutcome ChangeMembers(MasterEntry.OfGroups entry, bool join)
    {
        ImmutableArray<GroupId> groups = entry.Groups;
        if (RejectMembers(groups, join) is { } rejected)
            return rejected;

        ImmutableArray<GroupId> changing = Changing(groups, join);
        if (!changing.IsEmpty)
        {
            Map.ChangeMembers(changing, join);
            Rebalance(TraceOf(entry));
        }

        return new MasterOutcome.Rebalanced(Map.Membership.Since(groups), null);
    }

    /// <summary>The member with the fewest shards, counting those that are wanted there; of equal ones the first.</summary>
    private GroupId LeastLoaded() => Members.MinBy(group => Map.Entries.Count(pair => PlaceOf(new ShardId(pair.Key)) == group));

    private void Rebalance(DateTimeOffset? at)
    {
        foreach ((int number, GroupId group) in PlanFor(Members))
        {
            ShardId shard = new(number);
            if (PlaceOf(shard) != group)
                Moves.Want(shard, Map.Find(shard)!.Owner, new WantedPlace(group, MoveId.None), at);
        }
    }

    private MasterOutcome Pin(MasterEntry.Pinned entry, ClusterDefinition cluster)
    {
        if (RejectPlace(cluster, entry.Shard, entry.Group) is { } rejected)
            return rejected;

        if (Map.Pins.TryGetValue(entry.Shard.Value, out ShardPin pin) && pin.Group == entry.Group)
            return new MasterOutcome.Rebalanced(pin.At, null);

        ReplacePin(entry);
        MasterOutcome.Ownership? assigned = AssignOrWant(entry, entry.Group, MoveId.None);
        Map.Pin(entry.Shard, entry.Group, isAssigned: assigned is not null);
        return new MasterOutcome.Rebalanced(MapEpoch, assigned);
    }

    private MasterOutcome Want(MasterEntry.Wanted entry, ClusterDefinition cluster)
    {
        if (RejectPlace(cluster, entry.Shard, entry.Group) is { } rejected)
            return rejected;

        if (entry.UndoOf > MoveId.None && Moves.FindCommitted(entry.Shard)?.Id != entry.UndoOf)
            return WrongState($"move {entry.UndoOf} is not the newest of shard {entry.Shard} by now");

        ReplacePin(entry);
        MasterOutcome.Ownership? assigned = AssignOrWant(entry, entry.Group, entry.UndoOf);
        Unpin(entry.Shard, except: entry.Group);
        return new MasterOutcome.Wanted(entry.Shard, entry.Group, assigned);
    }

    private MasterOutcome Cancel(MasterEntry.MoveCancelled entry, ClusterDefinition cluster)
    {
        if (RejectKept(cluster, entry.Shard, entry.Group) is { } rejected)
            return rejected;

        AssignOrWant(entry, entry.Group, MoveId.None);
        Unpin(entry.Shard, except: entry.Group);
        Map.RestorePin(entry.Shard, entry.Group);
        return new MasterOutcome.Wanted(entry.Shard, entry.Group, null);
    }

    private void Unpin(ShardId shard, GroupId except)
    {
        if (Map.Pins.TryGetValue(shard.Value, out ShardPin pin) && pin.Group != except)
            Map.Pins.Remove(shard.Value);
    }

    // Where a pin is elsewhere than the shard, the shard has not followed it yet: what was before it is already kept, or was no pin.
    private void ReplacePin(MasterEntry.OfShard entry)
    {
        int shard = entry.Shard.Value;
        if (entry.KeepsTraces && Map.Pins.TryGetValue(shard, out ShardPin pin) && pin.Group == Map.Find(entry.Shard)?.Owner)
            Map.ReplacedPins[shard] = pin;
    }

    /// <summary>When an entry gave up a move, where the state keeps it.</summary>
    private static DateTimeOffset? TraceOf(MasterEntry entry) => entry.KeepsTraces ? entry.At : null;

    private MasterOutcome.Ownership? AssignOrWant(MasterEntry.OfShard entry, GroupId group, MoveId undoOf)
    {
        ShardId shard = entry.Shard;
        if (Map.Find(shard) is not { } present)
            return Move(shard, new ShardEntry(group, Epoch.None.Next(), MayOpenEmpty: true));

        // A repetition changes nothing: an undo that a migration repeats stays an undo.
        if (PlaceOf(shard) != group || undoOf > MoveId.None)
            Moves.Want(shard, present.Owner, new WantedPlace(group, undoOf), TraceOf(entry));

        return null;
    }

    private MasterOutcome Begin(MasterEntry.MoveBegun entry)
    {
        bool isDue = Moves.FindWanted(entry.Shard)?.Group == entry.To && Moves.FindActive(entry.Shard) is null;
        if (!isDue || Map.Find(entry.Shard) is not { } present)
            return WrongState($"no move of shard {entry.Shard} to {entry.To} is due");

        Moves.Begin(entry.Shard, present.Owner, Moves.FindWanted(entry.Shard)!.Value);
        return new MasterOutcome.Done();
    }

    private MasterOutcome Decide(MasterEntry.SealDecided entry)
    {
        if (!Moves.Has(entry.Move))
            return WrongState($"there is no move {entry.Move}, the newest is {Moves.Newest}");

        if (Moves.FindDecision(entry.Shard, entry.Move, entry.Granted) is { } known)
            return Settled(known, null);

        ShardMove open = Moves.FindActive(entry.Shard)!;
        if (entry.Receipt is null || !MoveTable.MayCommit(open, Map.Find(entry.Shard)!, entry.Granted))
        {
            Moves.Cancel(open, entry.Granted);
            return Settled(MoveDecision.Cancelled, null);
        }

        Moves.Commit(open, entry.Granted, entry.Receipt, entry.At);
        ShardEntry moved = new(open.Target, entry.Granted, MayOpenEmpty: false);
        return Settled(MoveDecision.Committed, Move(open.Shard, moved));

        MasterOutcome.Decided Settled(MoveDecision decision, MasterOutcome.Ownership? moved) =>
            new(new MoveDecided(entry.Move, entry.Granted, decision), moved);
    }

    private MasterOutcome.Done Abort(MasterEntry.MoveAborted entry)
    {
        if (Moves.FindActive(entry.Shard) is { IsCommitted: false } open && open.Id == entry.Move)
            Moves.Abort(open, entry.Text, TraceOf(entry));

        return new MasterOutcome.Done();
    }

    private MasterOutcome.Done End(MasterEntry.MoveEnded entry)
    {
        if (Moves.FindActive(entry.Shard) is { IsCommitted: true } committed && committed.Id == entry.Move)
            Moves.End(committed, entry.PauseUs);

        return new MasterOutcome.Done();
    }

    private static MasterOutcome.Rejected WrongState(string text) => new(MasterRefusalKind.WrongState, text);
}
