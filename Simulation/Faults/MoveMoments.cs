using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Simulation.Faults;

/// <summary>Sees the moments of all moves, in what nodes send and in what their logs say.</summary>
internal sealed class MoveMoments
{
    private readonly World _world;
    private readonly Action<MoveMoment, ShardId, NodeRun?> _happened;
    private readonly SortedDictionary<int, ShardMove> _moves = [];
    private readonly Dictionary<LogName, (TransferPhase Phase, MoveId Receiving, Epoch Ready, MoveId Taken)> _copies = [];

    /// <summary>Watches a world from its beginning on.</summary>
    /// <param name="world">The world.</param>
    /// <param name="happened">Told of each moment; with the run that acts, or none where a record became durable.</param>
    internal MoveMoments(World world, Action<MoveMoment, ShardId, NodeRun?> happened)
    {
        (_world, _happened) = (world, happened);
        world.Acted = Acted;
        world.Grew = Grew;
    }

    /// <summary>How many moves were committed.</summary>
    internal long Commits { get; private set; }

    /// <summary>The newest move of a shard that was begun; null before the first.</summary>
    internal ShardMove? Newest(ShardId shard) => _moves.GetValueOrDefault(shard.Value);

    private void Acted(NodeRun run, Effect effect)
    {
        switch (effect)
        {
            case Effect.Call { Request: DriveMove order } call:
                MoveMoment ordered = order.Command switch
                {
                    MoveCommand.Copy => MoveMoment.CopyOrdered,
                    MoveCommand.Commit => MoveMoment.CommitOrdered,
                    MoveCommand.Abort => MoveMoment.AbortOrdered,
                };
                _happened(ordered, new ShardId(call.To.Number), run);
                break;
            case Effect.Call { Request: SettleMove settle }:
                _happened(settle.Receipt is null ? MoveMoment.CancelAsked : MoveMoment.CommitAsked, settle.Shard, run);
                break;
            case Effect.Call { Request: QueryMoveDecision question }:
                _happened(MoveMoment.DecisionAsked, question.Shard, run);
                break;
            case Effect.Call { Request: SealForMove or MoveReady } call:
                bool asksToSeal = call.Request is SealForMove;
                _happened(asksToSeal ? MoveMoment.SealAsked : MoveMoment.ReadyTold, new ShardId(call.To.Number), run);
                break;
            case Effect.Answer { Reply: MoveSealed } when run.Address.Kind == NodeKind.Shard:
                _happened(MoveMoment.SealTold, new ShardId(run.Address.Number), run);
                break;
            case Effect.Answer { Reply: MoveDecided decided } when ShardOf(decided.Move) is { } shard:
                _happened(MoveMoment.DecisionTold, shard, run);
                break;
            case Effect.Answer { Reply: MoveReadyReply passed } when ShardOf(passed.Decided.Move) is { } shard:
                _happened(MoveMoment.DecisionTold, shard, run);
                break;
            case Effect.Store { Request: StoreRequest.Read or StoreRequest.ReadChunk } store when IsOther(run, store.Request.Log):
                bool isChunk = store.Request is StoreRequest.ReadChunk;
                _happened(isChunk ? MoveMoment.ChunkRead : MoveMoment.TailRead, new ShardId(run.Address.Number), run);
                break;
        }
    }

    private ShardId? ShardOf(MoveId move) => _moves.Values.FirstOrDefault(known => known.Id == move)?.Shard;

    private static bool IsOther(NodeRun run, LogName log) => run.Address.Kind == NodeKind.Shard
        && log != LogName.Shard(new GroupId(run.Address.Name), new ShardId(run.Address.Number));

    private void Grew(LogTruth log)
    {
        if (log.Master is { } masters)
            Grew(masters);
        else
            Grew(log.Name, log.Shard!);
    }

    private void Grew(MasterState masters)
    {
        foreach (ShardMove before in _moves.Values.ToArray())
            Compare(before, masters.ActiveMoves.GetValueOrDefault(before.Shard.Value), masters);

        foreach ((int shard, ShardMove move) in masters.ActiveMoves)
        {
            bool isNew = !_moves.TryGetValue(shard, out ShardMove? known) || known.Id != move.Id;
            _moves[shard] = move;
            if (isNew)
                _happened(MoveMoment.Begun, move.Shard, null);
        }
    }

    // One that has ended keeps its place until the next: a copy may still be told of it.
    private void Compare(ShardMove before, ShardMove? now, MasterState masters)
    {
        if (now?.Id == before.Id && now.IsCommitted && !before.IsCommitted)
        {
            Commits++;
            _happened(MoveMoment.Committed, before.Shard, null);
        }
        else if (now?.Id == before.Id && now.CancelledUpTo > before.CancelledUpTo)
        {
            _world.Count(FaultKind.SealInVain);
            _happened(MoveMoment.Cancelled, before.Shard, null);
        }
        else if (now?.Id != before.Id && before.Text is null)
        {
            bool isCommitted = before.IsCommitted || masters.FindCommitted(before.Shard)?.Id == before.Id;
            _moves[before.Shard.Value] = before with { Text = isCommitted ? "ended" : "aborted" };
            Commits += isCommitted && !before.IsCommitted ? 1 : 0;
            if (!isCommitted)
                _world.Count(FaultKind.MoveAborted);

            _happened(isCommitted ? MoveMoment.Ended : MoveMoment.Aborted, before.Shard, null);
        }
    }

    private void Grew(LogName log, ShardState copy)
    {
        ShardId shard = new(int.Parse(log.Value.AsSpan(log.Value.LastIndexOf('/') + 1), CultureInfo.InvariantCulture));
        (TransferPhase Phase, MoveId Receiving, Epoch Ready, MoveId Taken) before = _copies.GetValueOrDefault(log);
        _copies[log] = (copy.Ownership.Phase, copy.Receiving, copy.ReadyFor, copy.Ownership.TakenMove);
        MoveMoment? moment = copy.Ownership.Phase == TransferPhase.Moving && before.Phase != TransferPhase.Moving ? MoveMoment.SealLogged
            : before.Phase == TransferPhase.Moving && copy.Ownership.Phase == TransferPhase.Released ? MoveMoment.ReleasedLogged
            : before.Phase == TransferPhase.Moving && copy.Ownership.Phase == TransferPhase.Serving ? MoveMoment.UnsealedLogged
            : copy.Ownership.TakenMove > before.Taken ? MoveMoment.TakenLogged
            : copy.Receiving == MoveId.None && before.Receiving > MoveId.None ? MoveMoment.DroppedLogged
            : copy.Receiving > before.Receiving ? MoveMoment.ReceivingLogged
            : copy.ReadyFor > before.Ready ? MoveMoment.ReadyLogged
            : copy.ReadyFor < before.Ready ? MoveMoment.UnreadyLogged
            : null;
        if (moment is { } known)
            _happened(known, shard, null);
    }
}
