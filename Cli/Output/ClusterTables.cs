using OrleansShards.Cli.Http;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrleansShards.Cli.Output;

/// <summary>The cluster's state as tables of 100 columns.</summary>
internal static class ClusterTables
{
    private static readonly IRenderable Gap = Lines.Of("");

    /// <summary>The cluster at a glance.</summary>
    internal static IEnumerable<IRenderable> Status(ClusterObject cluster, MovesObject? moves)
    {
        yield return Lines.Of(
            $"{cluster.ClusterId}: {cluster.Shards} shards, {(cluster.Primary is { } primary ? $"{primary} leads" : "nobody leads")}"
            + $" in term {Words.Number(cluster.Term)}, epoch {Words.Number(cluster.Epoch)}; answered by {cluster.Silo}");
        yield return Gap;
        foreach (IRenderable part in Masters(cluster))
            yield return part;

        yield return Gap;
        Table silos = Lines.Table("SILO", "ADDRESS", "GROUPS");
        foreach (SiloObject silo in cluster.Silos)
        {
            string groups = silo.Gids.Length == 0 ? "all" : Words.Names(silo.Gids);
            silos.AddRow(Lines.Cell(silo.Name), Lines.Cell(silo.Address), Lines.Cell(groups));
        }

        yield return silos;
        if (moves?.Running is { Length: > 0 } running)
        {
            yield return Gap;
            yield return RunningMoves(running);
        }

        foreach (IRenderable part in Problems(cluster.Problems))
            yield return part;
    }

    internal static IEnumerable<IRenderable> Masters(ClusterObject cluster)
    {
        Table masters = Lines.Table("MASTER", "ROLE", "SILO", "#TERM", "#LOG INDEX", "#HEARD", "#LAG", "#BYTES", "#TIME");
        foreach (MasterObject master in cluster.Masters)
        {
            Style style = master.Role switch { "primary" => Lines.Good, "shadow" => Lines.Busy, _ => Lines.Bad };
            masters.AddRow(
                Lines.Cell(master.Name), Lines.Cell(master.Role, style), Lines.Cell(master.Silo ?? Words.Unknown),
                Lines.Cell(Words.Number(master.Term)), Lines.Cell(Words.Number(master.LogIndex)),
                Lines.Cell(Words.Ms(master.LastHeartbeatMs)), Lines.Cell(Words.Number(master.LagEntries)),
                Lines.Cell(Words.Bytes(master.LagBytes)), Lines.Cell(Words.Ms(master.LagMs)));
        }

        yield return masters;
        if (cluster.Failover is { } failover)
        {
            string takes = failover.Possible
                ? $"{Words.Ms(failover.TakesMs)} after the primary falls silent"
                    + (failover.RequestedMs is { } ms ? $", {Words.Ms(ms)} on request" : "")
                : "not possible";
            yield return Lines.Of($"failover: {takes}; {failover.Why}", failover.Possible ? Lines.Faint : Lines.Bad);
        }
    }

    internal static IEnumerable<IRenderable> Shards(ShardsObject shards, int limit, int from)
    {
        Table table = Lines.Table("#SHARD", "GROUP", "SILO", "#EPOCH", "PHASE", "#KEYS", "#SIZE", "#SESSIONS", "#REQUESTS/S", "MOVES TO");
        foreach (ShardObject shard in shards.Shards)
        {
            Style style = shard.Phase switch { "serving" => Lines.Good, null => Lines.Bad, _ => Lines.Busy };
            string rate = shard.RequestsPerSecond?.ToString("0.#", System.Globalization.CultureInfo.InvariantCulture) ?? Words.Unknown;
            table.AddRow(
                Lines.Cell(Words.Number(shard.Shard)), Lines.Cell(shard.Gid ?? Words.Unknown), Lines.Cell(shard.Silo ?? Words.Unknown),
                Lines.Cell(Words.Number(shard.Epoch)), Lines.Cell(shard.Phase ?? Words.Unknown, style),
                Lines.Cell(Words.Number(shard.Keys)), Lines.Cell(Words.Bytes(shard.Bytes)),
                Lines.Cell(Words.Number(shard.Sessions)), Lines.Cell(rate),
                Lines.Cell(shard.TargetGid ?? "", Lines.Busy));
        }

        yield return table;
        if (shards.Shards.Length == limit && limit > 0)
            yield return Lines.Of($"there may be more: --from {from + limit}", Lines.Faint);

        foreach (IRenderable part in Problems(shards.Problems))
            yield return part;
    }

    internal static IEnumerable<IRenderable> Groups(GroupsObject groups)
    {
        Table table = Lines.Table("GROUP", "MEMBER", "#SHARDS", "#WANTED", "#HEARD", "SILOS");
        foreach (GroupObject group in groups.Groups)
        {
            table.AddRow(
                Lines.Cell(group.Gid), Lines.Cell(group.Member ? "yes" : "no", group.Member ? Lines.Good : Lines.Faint),
                Lines.Cell(Words.Number(group.Shards)), Lines.Cell(Words.Number(group.Wanted), Wanted(group)),
                Lines.Cell(Words.Ms(group.LastHeartbeatMs)), Lines.Cell(Words.Names(group.Silos)));
        }

        yield return table;
        foreach (string gid in groups.Announced ?? [])
            yield return Lines.Of($"group {gid} has a silo and may join: `shards join {gid}`", Lines.Busy);
    }

    internal static IEnumerable<IRenderable> Moves(MovesObject moves, int limit)
    {
        if (moves.Running.Length > 0)
        {
            yield return RunningMoves(moves.Running);
            yield return Gap;
        }
        else
        {
            yield return Lines.Of("no move is due or under way");
        }

        if (moves.Finished.Length == 0 || limit == 0)
            yield break;

        Table finished = Lines.Table("#SHARD", "FROM", "TO", "ENDED", "#KEYS", "#SIZE", "#PAUSE", "HOW");
        foreach (FinishedMoveObject move in moves.Finished.Take(limit))
        {
            string undo = move.UndoUntil is { } until ? $", undo until {until.UtcDateTime:HH:mm:ss'Z'}" : "";
            finished.AddRow(
                Lines.Cell(Words.Number(move.Shard)), Lines.Cell(move.SourceGid), Lines.Cell(move.TargetGid), Lines.Cell(Words.At(move.At)),
                Lines.Cell(Words.Number(move.Keys)), Lines.Cell(Words.Bytes(move.Bytes)), Lines.Cell(Words.Ms(move.PauseMs)),
                Lines.Cell(
                    move.Phase + (move.Text is { } text ? $": {text}" : undo), move.Phase == "committed" ? Lines.Good : Lines.Bad));
        }

        yield return finished;
    }

    internal static IEnumerable<IRenderable> History(HistoryObject history)
    {
        Table table = Lines.Table("AT", "KIND", "WHAT");
        foreach (HistoryEventObject one in history.Events)
            table.AddRow(Lines.Cell(Words.At(one.At)), Lines.Cell(one.Kind), Lines.Cell(one.Text));

        yield return history.Events.Length == 0 ? Lines.Of("nothing has happened yet") : table;
    }

    internal static IEnumerable<IRenderable> Map(MapObject map)
    {
        yield return Lines.Of($"epoch {map.Epoch}: {map.Shards.Count} shards");
        yield return Gap;
        ILookup<string, int> byGroup = map.Shards.ToLookup(
            static one => one.Value, static one => int.Parse(one.Key, System.Globalization.CultureInfo.InvariantCulture));
        Table table = Lines.Table("GROUP", "#COUNT", "SHARDS");
        foreach (string gid in byGroup.Select(static one => one.Key).Union(map.Gids).Order(StringComparer.Ordinal))
        {
            table.AddRow(
                Lines.Cell(gid), Lines.Cell(Words.Number((long)byGroup[gid].Count())), Lines.Cell(Words.Ranges(byGroup[gid])));
        }

        yield return table;
    }

    internal static IEnumerable<IRenderable> Store(StoreObject store)
    {
        Table table = Lines.Table("STORE", "STATE", "#READ", "PLACE");
        table.AddRow(
            Lines.Cell(store.Kind), Lines.Cell(store.Ok ? "ok" : "fails", store.Ok ? Lines.Good : Lines.Bad),
            Lines.Cell(Words.Ms(store.ReadMs)), Lines.Cell(store.Place));
        yield return table;
        if (store.Trouble is { } trouble)
            yield return Lines.Of(trouble, Lines.Bad);

        if (store.LastError is { } last)
            yield return Lines.Of($"last error, {Words.At(last.At)}, {last.Requests}: {last.Text}", Lines.Faint);
    }

    /// <summary>The moves of a plan.</summary>
    internal static IRenderable Plan(PlannedMoveObject[] moves)
    {
        Table table = Lines.Table("#SHARD", "FROM", "TO", "#SIZE", "#PAUSE");
        foreach (PlannedMoveObject move in moves)
        {
            table.AddRow(
                Lines.Cell(Words.Number(move.Shard)), Lines.Cell(move.SourceGid), Lines.Cell(move.TargetGid),
                Lines.Cell(Words.Bytes(move.Bytes)), Lines.Cell(Words.Ms(move.PauseMs)));
        }

        return table;
    }

    private static Table RunningMoves(RunningMoveObject[] moves)
    {
        Table table = Lines.Table("#SHARD", "FROM", "TO", "PHASE", "#DONE", "#OF", "#RATE", "#LEFT", "#PAUSE", "WAITS FOR");
        foreach (RunningMoveObject move in moves)
        {
            table.AddRow(
                Lines.Cell(Words.Number(move.Shard)), Lines.Cell(move.SourceGid ?? Words.Unknown),
                Lines.Cell(move.TargetGid ?? Words.Unknown), Lines.Cell(move.Phase, Lines.Busy), Lines.Cell(Words.Bytes(move.BytesDone)),
                Lines.Cell(Words.Bytes(move.BytesTotal)), Lines.Cell(Words.Rate(move.BytesPerSecond)), Lines.Cell(Words.Ms(move.LeftMs)),
                Lines.Cell(Words.Ms(move.PredictedPauseMs)), Lines.Cell(move.WaitsFor ?? ""));
        }

        return table;
    }

    private static Style Wanted(GroupObject group) => group.Wanted == group.Shards ? Lines.Plain : Lines.Busy;

    private static IEnumerable<IRenderable> Problems(ProblemObject[] problems)
    {
        if (problems.Length == 0)
            yield break;

        yield return Gap;
        foreach (ProblemObject problem in problems)
            yield return Lines.Of($"problem: {problem.Part}: {problem.Text}", Lines.Bad);
    }
}
