using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Simulation.Faults;

/// <summary>Recognizes the moments of all moves, by what nodes send and by the records of their logs.</summary>
internal sealed class MoveMoments
{
    private readonly World _world;
    private readonly Action<MoveMoment, ShardId, NodeRun?> _happened;
    private readonly SortedDictionary<int, ShardMove> _moves = [];
    private readonly Dictionary<LogName, (TransferPhase Phase, MoveId Receiving, Epoch Ready, MoveId Taken)> _copies = [];

    /// <summary>Calls back for each moment, with the run that acts, or null if a record became durable.</summary>
    internal MoveMoments(World world, Action<MoveMoment, ShardId, NodeRun?> happened)
    {
        (_world, _happened) = (world, happened);
        world.OnEffect = OnEffect;
        world.OnAppended = OnAppended;
    }

    /// <summary>The newest move of a shard; null before the first.</summary>
    internal ShardMove? Newest(ShardId shard) => _moves.GetValueOrDefault(shard.Value);

    private void OnEffect(NodeRun run, Effect effect)
    {
        (MoveMoment Moment, ShardId? Shard)? seen = effect switch
        {
            Effect.Call { Request: DriveMove order } call => (MomentOf(order.Command), new ShardId(call.To.Number)),
            Effect.Call { Request: DecideMove decide } =>
                (decide.Receipt is null ? MoveMoment.CancelAsked : MoveMoment.CommitAsked, decide.Shard),
            Effect.Call { Request: QueryMoveDecision question } => (MoveMoment.DecisionAsked, question.Shard),
            Effect.Call { Request: SealForMove } call => (MoveMoment.SealAsked, new ShardId(call.To.Number)),
            Effect.Call { Request: MoveReady } call => (MoveMoment.ReadyTold, new ShardId(call.To.Number)),
            Effect.Answer { Reply: MoveSealed } when run.Address.Kind == NodeKind.Shard =>
                (MoveMoment.SealTold, new ShardId(run.Address.Number)),
            Effect.Answer { Reply: MoveDecided decided } => (MoveMoment.DecisionTold, ShardOf(decided.Move)),
            Effect.Answer { Reply: MoveReadyReply passed } => (MoveMoment.DecisionTold, ShardOf(passed.Decided.Move)),
            Effect.Store { Request: StoreRequest.Read read } when IsOther(run, read.Log) =>
                (MoveMoment.TailRead, new ShardId(run.Address.Number)),
            Effect.Store { Request: StoreRequest.ReadChunk read } when IsOther(run, read.Log) =>
                (MoveMoment.ChunkRead, new ShardId(run.Address.Number)),
            _ => null,
        };
        if (seen is (var moment, { } shard))
            _happened(moment, shard, run);
    }

    private static MoveMoment MomentOf(MoveCommand command) => command switch
    {
        MoveCommand.Copy => MoveMoment.CopyOrdered,
        MoveCommand.Commit => MoveMoment.CommitOrdered,
        MoveCommand.Abort => MoveMoment.AbortOrdered,
    };

    private ShardId? ShardOf(MoveId move) => _moves.Values.FirstOrDefault(known => known.Id == move)?.Shard;

    private static bool IsOther(NodeRun run, LogName log) => run.Address.Kind == NodeKind.Shard && log != run.ShardLog;

    private void OnAppended(LogTruth log)
    {
        if (log.Master is { } masters)
            Compare(masters);
        else
            Compare(log, log.Shard!);
    }

    private void Compare(MasterState masters)
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

    // A move that has ended stays known until the shard's next one begins: a copy may still be told of its decision.
    private void Compare(ShardMove before, ShardMove? now, MasterState masters)
    {
        if (now?.Id == before.Id && now.IsCommitted && !before.IsCommitted)
        {
            _world.Statistics.Moves++;
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
            _world.Statistics.Moves += isCommitted && !before.IsCommitted ? 1 : 0;
            if (!isCommitted)
                _world.Count(FaultKind.MoveAborted);

            _happened(isCommitted ? MoveMoment.Ended : MoveMoment.Aborted, before.Shard, null);
        }
    }

    private void Compare(LogTruth log, ShardState copy)
    {
        (TransferPhase Phase, MoveId Receiving, Epoch Ready, MoveId Taken) before = _copies.GetValueOrDefault(log.Name);
        _copies[log.Name] = (copy.Ownership.Phase, copy.Receiving, copy.ReadyFor, copy.Ownership.TakenMove);
        bool isSealed = copy.Ownership.Phase == TransferPhase.SealedForMove && before.Phase != TransferPhase.SealedForMove;
        MoveMoment? moment = isSealed ? MoveMoment.SealLogged
            : before.Phase == TransferPhase.SealedForMove && copy.Ownership.Phase == TransferPhase.Released ? MoveMoment.ReleasedLogged
            : before.Phase == TransferPhase.SealedForMove && copy.Ownership.Phase == TransferPhase.Serving ? MoveMoment.UnsealedLogged
            : copy.Ownership.TakenMove > before.Taken ? MoveMoment.TakenLogged
            : copy.Receiving == MoveId.None && before.Receiving > MoveId.None ? MoveMoment.DroppedLogged
            : copy.Receiving > before.Receiving ? MoveMoment.ReceivingLogged
            : copy.ReadyFor > before.Ready ? MoveMoment.ReadyLogged
            : copy.ReadyFor < before.Ready ? MoveMoment.UnreadyLogged
            : null;
        if (moment is { } known)
            _happened(known, log.ShardId, null);
    }
}

/// <summary>A moment of a move that the cluster drives, by which a fault can be timed. Drawn by number.</summary>
internal enum MoveMoment
{
    // The primary sends a command to a copy.
    CopyOrdered = 1,
    CommitOrdered,
    AbortOrdered,

    // The target reads the source's checkpoint and log.
    ChunkRead,
    TailRead,

    // Source and target talk to each other and to the primary.
    SealAsked,
    SealTold,
    ReadyTold,
    CommitAsked,
    CancelAsked,
    DecisionAsked,
    DecisionTold,

    // The masters' log has a record of it; ended: both copies have done their part.
    Begun,
    Cancelled,
    Committed,
    Aborted,
    Ended,

    // The source's or the target's log has a record of it.
    ReceivingLogged,
    SealLogged,
    ReadyLogged,
    UnreadyLogged, // the seal of which the target had everything was cancelled
    TakenLogged,
    ReleasedLogged,
    UnsealedLogged,
    DroppedLogged, // the target has discarded what it received
}
