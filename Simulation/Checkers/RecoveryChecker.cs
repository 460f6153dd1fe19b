using OrleansShards.Core.Groups;

namespace OrleansShards.Simulation.Checkers;

/// <summary>What has to come true again by itself once nothing goes wrong any more, clients' requests apart.</summary>
internal sealed class RecoveryChecker(World world, ClusterDefinition cluster)
{
    private IEnumerable<MasterNode> Masters => cluster.Masters
        .Select(name => world.Fleet.Newest(NodeAddress.Of(name))?.Node).OfType<MasterNode>();

    private IEnumerable<GroupNode> Groups => cluster.Groups
        .Select(group => world.Fleet.Newest(NodeAddress.Of(group))?.Node).OfType<GroupNode>();

    /// <summary>One master leads, the other has replayed all that there is, and every group knows who leads.</summary>
    internal bool MastersAgree()
    {
        LogTruth log = world.Store.Of(LogName.Master).Truth;
        MasterNode[] masters = [.. Masters];
        GroupNode[] groups = [.. Groups];
        return masters.Length == cluster.Masters.Length
            && masters.Count(static master => master.Role == LogRole.Leading) == 1
            && masters.All(master => master.Applied.Index == log.Head.Index)
            && log.Master!.Primary?.Value == log.Opener?.Node
            && groups.Length == cluster.Groups.Length
            && groups.All(group => group.Term == log.Head.Term && group.Primary.Value == log.Opener?.Node);
    }

    internal string MastersState() => string.Join("; ", [
        .. Masters.Select(static master => $"{master.Address} is {master.Role} at {master.Applied.Index}, {master.Stall}"),
        .. Groups.Select(static group => $"{group.Address} knows {group.Primary} of term {group.Term}"),
    ]);

    /// <summary>Whoever has owed an answer since before a moment; null where nobody does.</summary>
    internal string? Owed(long since) => world.Fleet.Running
        .SelectMany(run => run.Owes.Values.Select(owed => (Run: run, owed.Since, owed.Request)))
        .Where(owed => owed.Since < since)
        .Select(owed => $"{owed.Run} has not answered for {(world.Now - owed.Since) / 1_000} ms: {owed.Request}")
        .FirstOrDefault();

    /// <summary>Every shard is where it is wanted, no move is active, no copy is sealed for one, and none receives.</summary>
    internal bool MovesAreOver() => OpenMoves().FirstOrDefault() is null && MapIsRight();

    /// <summary>What is not over, or "the shard map differs".</summary>
    internal string MovesState() => string.Join("; ", OpenMoves().DefaultIfEmpty("the shard map differs from who serves"));

    private IEnumerable<string> OpenMoves()
    {
        MasterState masters = world.Store.Of(LogName.Master).Truth.Master!;
        return masters.ActiveMoves.Values.Select(static move => $"{move} has not ended")
            .Concat(masters.WantedPlaces.Select(static place => $"shard {place.Key} is still wanted at {place.Value.Group}"))
            .Concat(world.Store.Logs.Where(static log => MoveChecker.IsInMove(log.Truth.Shard)).Select(static log =>
                $"{log.Truth.Name} is {log.Truth.Shard!.Ownership.Phase}, receiving move {log.Truth.Shard.Receiving}"));
    }

    /// <summary>Each shard that was ever opened is served by one group, and the masters' map names it.</summary>
    internal bool MapIsRight()
    {
        MasterState map = world.Store.Of(LogName.Master).Truth.Master!;
        return world.Store.Logs.All(image => image.Truth.Shard is not { } copy || IsRight(map, image.Truth.Name, copy));
    }

    private bool IsRight(MasterState map, LogName log, ShardState copy)
    {
        string[] name = log.Value.Split('/');
        ShardId shard = new(int.Parse(name[2], CultureInfo.InvariantCulture));
        return copy.Ownership.Phase switch
        {
            TransferPhase.None => true,
            TransferPhase.Serving => OwnershipChecker.Serving(world, shard) == 1
                && map.Find(shard) is { } entry && entry.Owner.Value == name[1] && entry.Epoch == copy.Ownership.Epoch,
            _ => OwnershipChecker.Serving(world, shard) == 1,
        };
    }
}
