using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Every group that is a member, has a shard or takes part in a move is one that the cluster has; and after the recovery one that the
/// cluster does not have holds nothing.
/// </summary>
internal sealed class GroupChecker(World world) : Checker
{
    internal override void Recorded(LogTruth log)
    {
        if (log.Master is not { Definition: not null } masters)
            return;

        for (int shard = 0; shard < masters.Definition.ShardCount; shard++)
        {
            if (masters.Find(new ShardId(shard)) is { } entry)
                Check(masters, entry.Owner, $"has shard {shard}");
        }

        foreach (GroupId member in masters.Members)
            Check(masters, member, "is a member");

        foreach ((int shard, ShardMove move) in masters.ActiveMoves)
        {
            Check(masters, move.Source, $"is the source of the move of shard {shard}");
            Check(masters, move.Target, $"is the target of the move of shard {shard}");
        }

        foreach ((int shard, WantedPlace place) in masters.WantedPlaces)
            Check(masters, place.Group, $"is to get shard {shard}");
    }

    internal override void Ended()
    {
        MasterState masters = world.Store.Of(LogName.Master).Truth.Master!;
        foreach (LogTruth log in world.Store.Logs.Select(static image => image.Truth))
        {
            if (log.Shard is { } copy && copy.Ownership.Phase is not (TransferPhase.None or TransferPhase.Released))
                Check(masters, log.Group, $"is {copy.Ownership.Phase} for shard {log.ShardId}");
        }
    }

    private static void Check(MasterState masters, GroupId group, string what)
    {
        if (!masters.Groups.Contains(group))
        {
            throw new ViolationException(
                "forgotten-groups-hold-nothing", $"group {group} {what}, and the cluster has {string.Join(", ", masters.Groups)}");
        }
    }
}
