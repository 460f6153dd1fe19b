using OrleansShards.Core.Groups;
using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Core.Masters;

// Which groups there are.
public sealed partial class MasterState
{
    /// <summary>How many groups a cluster has at most, and how many are announced at most: 1,024.</summary>
    public const int GroupsMax = 1024;

    private const int ShardsShown = 16;

    /// <summary>That the cluster does not have a group, as text; null if it has.</summary>
    internal string? Unknown(GroupId group) => Groups.Contains(group) ? null : GroupNames.Unknown(group, Groups);

    /// <summary>Those of the groups that the cluster does not have.</summary>
    internal ImmutableArray<GroupId> StrangersAmong(ImmutableArray<GroupId> groups) => [.. groups.Except(Groups)];

    /// <summary>Why the cluster cannot get these groups; null where it can.</summary>
    internal MasterOutcome.Rejected? RejectAdded(ImmutableArray<GroupId> groups)
    {
        string? text = groups.Select(Definition!.WhyNever).FirstOrDefault(static text => text is not null);
        return text is not null ? WrongState(text)
            : Groups.Length + StrangersAmong(groups).Length > GroupsMax
                ? WrongState($"the cluster would have more than {GroupsMax} groups; expected that groups which have left are forgotten")
            : null;
    }

    /// <summary>Why groups cannot be forgotten; null where they can, or where the cluster has none of them.</summary>
    internal MasterOutcome.Rejected? RejectForgotten(ImmutableArray<GroupId> groups) =>
        groups.IsEmpty ? WrongState("no group was named, at least one was expected")
        : groups.Select(WhyNotForgotten).FirstOrDefault(static text => text is not null) is { } text ? WrongState(text)
        : null;

    private string? WhyNotForgotten(GroupId group)
    {
        int[] owned = [.. Map.Entries.Where(pair => pair.Value.Owner == group).Select(static pair => pair.Key)];
        ShardMove? move = Moves.Active.Values.FirstOrDefault(move => move.Source == group || move.Target == group);
        int[] wanted = [.. Moves.Wanted.Where(pair => pair.Value.Group == group).Select(static pair => pair.Key)];
        return Members.Contains(group) ? $"group {group} is a member; expected that it leaves before it is forgotten"
            : owned.Length > 0 ? $"group {group} still has {Shards(owned)}"
            : move is not null ? $"move {move.Id} of shard {move.Shard} from {move.Source} to {move.Target} has not ended"
            : wanted.Length > 0 ? $"group {group} is to get {Shards(wanted)}"
            : null;
    }

    private static string Shards(int[] shards) => shards.Length == 1
        ? $"shard {shards[0]}"
        : $"{shards.Length} shards: {string.Join(", ", shards.Take(ShardsShown))}{(shards.Length > ShardsShown ? ", …" : "")}";

    private MasterOutcome Add(MasterEntry.GroupsAdded entry)
    {
        if (RejectAdded(entry.Groups) is { } rejected)
            return rejected;

        Map.AddGroups(entry.Groups);
        return new MasterOutcome.Done();
    }

    private MasterOutcome Forget(MasterEntry.Forgotten entry)
    {
        if (RejectForgotten(entry.Groups) is { } rejected)
            return rejected;

        Map.Membership.Forget(entry.Groups);
        return new MasterOutcome.Forgotten();
    }
}
