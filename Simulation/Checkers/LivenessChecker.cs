using OrleansShards.Core.Groups;

namespace OrleansShards.Simulation.Checkers;

/// <summary>Every call to a node that keeps running is answered; and what has to become true by itself after the healing.</summary>
internal sealed class LivenessChecker(World world, ClusterDefinition cluster) : Checker
{
    /// <summary>More than the longest wait: the self-stop of 7 s and a shell's time-outs, on a slow clock.</summary>
    private const long AnswerLimit = 25_000_000;

    private IEnumerable<MasterNode> Masters =>
        cluster.Masters.Select(name => world.Fleet.Newest(NodeAddress.Of(name))?.Node).OfType<MasterNode>();

    private IEnumerable<GroupNode> Groups =>
        cluster.Groups.Select(group => world.Fleet.Newest(NodeAddress.Of(group))?.Node).OfType<GroupNode>();

    internal override void Second()
    {
        foreach ((NodeRun run, OwedAnswer owed) in Owing())
        {
            if (!run.Machine.IsPaused && world.Now - Math.Max(owed.Since, run.Machine.WokeAt) > AnswerLimit)
                throw new ViolationException("nothing-waits", Text(run, owed));
        }
    }

    /// <summary>One master leads, the other has replayed the whole log, and every group knows the primary.</summary>
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

    /// <summary>A run that has owed an answer since before a moment; null if none has.</summary>
    internal string? Owed(long since) =>
        Owing().Where(one => one.Owed.Since < since).Select(one => Text(one.Run, one.Owed)).FirstOrDefault();

    private IEnumerable<(NodeRun Run, OwedAnswer Owed)> Owing() =>
        world.Fleet.Running.SelectMany(static run => run.Owes.Values, static (run, owed) => (run, owed));

    private string Text(NodeRun run, OwedAnswer owed) =>
        $"{run} has not answered for {(world.Now - owed.Since) / 1_000} ms: {owed.Request}";

    /// <summary>Every shard is where it is wanted, no move is active, no copy is sealed for one, none receives; the map is right.</summary>
    internal bool MovesAreOver() => !OpenMoves().Any() && MapIsRight();

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
    private bool MapIsRight()
    {
        MasterState map = world.Store.Of(LogName.Master).Truth.Master!;
        return world.Store.Logs.All(image => image.Truth.Shard is not { } copy || IsRight(map, image.Truth, copy));
    }

    private bool IsRight(MasterState map, LogTruth log, ShardState copy) => copy.Ownership.Phase switch
    {
        TransferPhase.None => true,
        TransferPhase.Serving => OwnershipChecker.Serving(world, log.ShardId).Count() == 1
            && map.Find(log.ShardId) is { } entry && entry.Owner == log.Group && entry.Epoch == copy.Ownership.Epoch,
        _ => OwnershipChecker.Serving(world, log.ShardId).Count() == 1,
    };
}
