using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// The masters' log decides each move, and what it rests on is true at that moment: when a move is committed, the source
/// is sealed at that epoch, the target has all of it in its log, and the receipt is the source's. No copy is served or
/// released by a move but after its commit, and what is served then is what was sealed.
/// </summary>
internal sealed class DecisionChecker(World world) : Checker
{
    private readonly Dictionary<int, MoveId> _committed = [];
    private readonly Dictionary<LogName, MoveId> _taken = [];
    private readonly Dictionary<LogName, TransferPhase> _phases = [];

    private MasterState Masters => world.Store.Of(LogName.Master).Truth.Master!;

    internal override void Recorded(LogTruth log)
    {
        if (log.Master is { } masters)
        {
            foreach (ShardMove move in masters.ActiveMoves.Values.Where(static move => move.IsCommitted))
                Committed(move);

            return;
        }

        ShardState copy = log.Shard!;
        ShardOwnership ownership = copy.Ownership;
        ShardId shard = new(int.Parse(log.Name.Value.AsSpan(log.Name.Value.LastIndexOf('/') + 1), CultureInfo.InvariantCulture));
        if (ownership.TakenMove > _taken.GetValueOrDefault(log.Name))
        {
            _taken[log.Name] = ownership.TakenMove;
            Taken(log.Name, shard, copy);
        }

        if (ownership is { Phase: TransferPhase.Released, Release: ReleaseReason.Moved }
            && _phases.GetValueOrDefault(log.Name) != TransferPhase.Released
            && Masters.FindCommitted(shard)?.Id != ownership.EndedMove)
        {
            throw new ViolationException(
                "moves-are-decided",
                $"{log.Name} is released by move {ownership.EndedMove}, the newest commit is {Masters.FindCommitted(shard)}");
        }

        _phases[log.Name] = ownership.Phase;
    }

    private void Committed(ShardMove move)
    {
        if (_committed.GetValueOrDefault(move.Shard.Value) == move.Id)
            return;

        _committed[move.Shard.Value] = move.Id;
        ShardState source = CopyOf(move.Source, move.Shard);
        ShardState target = CopyOf(move.Target, move.Shard);
        bool isSealed = source.Ownership.Phase == TransferPhase.Moving && source.Ownership.Granted == move.Granted;
        bool isReady = target.Receiving == move.Id && target.ReadyFor == move.Granted;
        if (!isSealed || !isReady || source.Receipt() != move.Receipt)
        {
            throw new ViolationException(
                "commits-are-founded",
                $"{move} is committed; the source is {source.Ownership.Phase} for {source.Ownership.Granted} with {source.Receipt()}, "
                + $"the target receives move {target.Receiving} and is ready for {target.ReadyFor}");
        }
    }

    private void Taken(LogName log, ShardId shard, ShardState copy)
    {
        ShardMove? committed = Masters.FindCommitted(shard);
        if (committed?.Id != copy.Ownership.TakenMove || committed.Granted != copy.Ownership.Epoch)
        {
            throw new ViolationException(
                "moves-are-decided",
                $"{log} serves by move {copy.Ownership.TakenMove} at epoch {copy.Ownership.Epoch}, the newest commit is {committed}");
        }

        MoveReceipt receipt = committed.Receipt!;
        if (copy.Keys != receipt.Keys || copy.Receipt().Bytes != receipt.Bytes
            || copy.ClientSessions + copy.RouterSessions < receipt.Sessions)
        {
            throw new ViolationException("nothing-is-missing", $"{log} begins to serve with {copy.Receipt()}, committed was {receipt}");
        }
    }

    private ShardState CopyOf(GroupId group, ShardId shard) => world.Store.Of(LogName.Shard(group, shard)).Truth.Shard!;
}
