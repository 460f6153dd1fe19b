namespace OrleansShards.Core.Masters.Moves;

/// <summary>The status of moves for operators, from the log's state and the driver's knowledge.</summary>
internal static class MoveView
{
    /// <summary>The status of a shard's newest move: the one that is due or under way, else the last one.</summary>
    internal static MoveStatus Status(MasterContext context, ShardId shard)
    {
        MoveTable moves = context.State.Moves;
        ShardMove? active = moves.FindActive(shard);
        ShardMove? aborted = moves.FindAborted(shard);
        ShardMove? committed = moves.FindCommitted(shard);
        return active is { IsCommitted: false } ? Open(context, active)
            : moves.FindWanted(shard) is { } wanted ? Due(context, shard, wanted, active, aborted)
            : committed is null && aborted is null ? None(context, shard)
            : committed is null || aborted?.Id > committed.Id ? Aborted(context, aborted!)
            : Committed(context, committed);
    }

    /// <summary>The status of the move that brings a shard to a group, or was the last to do so; none where there was no move.</summary>
    internal static MoveStatus Towards(MasterContext context, ShardId shard, GroupId group)
    {
        MoveTable moves = context.State.Moves;
        ShardMove? committed = moves.FindCommitted(shard);
        bool isOver = moves.FindActive(shard) is null && moves.FindWanted(shard) is null;
        return !isOver ? Status(context, shard)
            : committed?.Target == group ? Committed(context, committed)
            : None(context, shard);
    }

    internal static ImmutableArray<MoveStatus> All(MasterContext context) =>
    [
        .. context.State.Moves.Active.Keys.Union(context.State.Moves.Wanted.Keys).Order()
            .Select(shard => Status(context, new ShardId(shard))),
    ];

    internal static EndedMoves Ended(MasterState state) => new(
    [
        .. state.CommittedMoves.Values.Concat(state.AbortedMoves.Values).OrderBy(static move => move.Id.Value)
            .Select(static move => new EndedMove(
                move.Id, move.Shard, move.Source, move.Target, move.UndoOf, move.Receipt, move.DecidedAt, move.PauseUs, move.Text)),
    ]);

    private static MoveStatus Open(MasterContext context, ShardMove move)
    {
        MoveRun? run = Run(context, move);
        MovePhase phase = run?.Progress?.Step is Shards.MoveStep.Frozen ? MovePhase.Frozen : MovePhase.Copying;
        return Of(context, move, phase, isDone: false) with
        {
            BytesDone = run?.Progress?.BytesDone ?? 0,
            BytesTotal = run?.BytesTotal ?? 0,
            BytesPerSecond = run?.BytesPerSecond,
            Text = run?.Obstacle,
        };
    }

    private static MoveStatus Due(MasterContext context, ShardId shard, WantedPlace wanted, ShardMove? active, ShardMove? aborted)
    {
        GroupId source = context.State.Find(shard)!.Owner;
        string text = active is not null ? $"waits until move {active.Id} of the shard has ended"
            : aborted?.Target == wanted.Group ? $"is tried again: {aborted.Text}"
            : "waits for its turn";
        return Of(context, shard, MovePhase.Copying, isDone: false, source, wanted.Group) with { Text = text };
    }

    private static MoveStatus Committed(MasterContext context, ShardMove move)
    {
        MoveRun? run = Run(context, move);
        bool isEnded = context.State.Moves.FindActive(move.Shard)?.Id != move.Id;
        long copied = run is { BytesTotal: > 0 } ? run.BytesTotal : move.Receipt!.Bytes;
        return Of(context, move, MovePhase.Committed, isEnded || run is { Target.IsDone: true }) with
        {
            Keys = move.Receipt!.Keys,
            Bytes = move.Receipt.Bytes,
            BytesDone = copied,
            BytesTotal = copied,
            PauseUs = isEnded ? move.PauseUs : run?.PauseUs,
            Text = isEnded ? null : run?.Obstacle,
        };
    }

    /// <summary>The move is not tried again: else the shard would still be wanted there.</summary>
    private static MoveStatus Aborted(MasterContext context, ShardMove move) =>
        Of(context, move, MovePhase.Aborted, isDone: true) with { Text = move.Text };

    private static MoveStatus None(MasterContext context, ShardId shard) =>
        Of(context, shard, MovePhase.None, isDone: true, context.State.Find(shard)?.Owner, null);

    private static MoveStatus Of(MasterContext context, ShardMove move, MovePhase phase, bool isDone) =>
        Of(context, move.Shard, phase, isDone, move.Source, move.Target) with { Move = move.Id };

    private static MoveStatus Of(
        MasterContext context, ShardId shard, MovePhase phase, bool isDone, GroupId? source, GroupId? target) => new(
        shard, phase, isDone, source, target, context.State.Find(shard)?.Epoch ?? Epoch.None, 0, 0, 0, 0, null, null);

    private static MoveRun? Run(MasterContext context, ShardMove move) =>
        context.MoveRuns.GetValueOrDefault(move.Shard.Value) is { } run && run.Move.Id == move.Id ? run : null;
}
