using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// At a move's commit the source is sealed, the target has everything, and the receipt is the source's. Only after it a copy
/// serves or releases the shard; what is served is what was sealed. Every move ends, and nothing remains at the old group.
/// </summary>
internal sealed class MoveChecker(World world) : Checker
{
    private readonly Dictionary<int, MoveId> _committed = [];
    private readonly Dictionary<MoveId, long> _committedAt = [];
    private readonly HashSet<MoveId> _undone = [];
    private readonly Dictionary<LogName, MoveId> _taken = [];
    private readonly Dictionary<LogName, TransferPhase> _phases = [];

    private MasterState Masters => world.Store.Of(LogName.Master).Truth.Master!;

    internal override void Recorded(LogTruth log)
    {
        if (log.Master is { } masters)
        {
            foreach (ShardMove move in masters.ActiveMoves.Values.Where(static move => move.IsCommitted))
                CheckCommit(move);

            foreach ((int _, WantedPlace place) in masters.WantedPlaces)
                CheckUndo(place.UndoOf);
        }
        else
        {
            CheckCopy(log, log.Shard!);
        }
    }

    /// <summary>After the recovery no copy is prepared for another group, rolling back, or receiving.</summary>
    internal override void Ended()
    {
        foreach (StoreImage image in world.Store.Logs)
        {
            if (image.Truth.Shard is not { } copy)
                continue;

            TransferPhase phase = copy.Ownership.Phase;
            if (phase is TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting || IsInMove(copy))
            {
                throw new ViolationException(
                    "every-move-ends",
                    $"{image.Truth.Name} is {phase} towards {copy.Ownership.Other}, receiving move {copy.Receiving}, when all is over");
            }

            // Routers' sessions remain: the copy still answers for what it has carried out for them.
            if (phase == TransferPhase.Released && (copy.Keys > 0 || copy.ClientSessions > 0))
            {
                throw new ViolationException(
                    "nothing-remains",
                    $"{image.Truth.Name} has {copy.Keys} keys and {copy.ClientSessions} clients' sessions of a shard that it gave away");
            }
        }
    }

    /// <summary>Whether a copy takes part in a move of the cluster's that has not ended for it.</summary>
    internal static bool IsInMove(ShardState? copy) =>
        copy is not null && (copy.Ownership.Phase == TransferPhase.SealedForMove || copy.Receiving > MoveId.None);

    /// <summary>Shards are at members and where they are pinned, unless clients have handed some over.</summary>
    internal static void CheckPlaces(World world, bool wereHandedOver)
    {
        MasterState masters = world.Store.Of(LogName.Master).Truth.Master!;
        for (int number = 0; number < world.Options["shards"] && !wereHandedOver; number++)
        {
            if (masters.Find(new ShardId(number)) is not { } entry)
                continue;

            bool isPinned = masters.Pins.TryGetValue(number, out ShardPin pin) && masters.Members.Contains(pin.Group);
            if (!masters.Members.Contains(entry.Owner) || (isPinned && entry.Owner != pin.Group))
            {
                throw new ViolationException(
                    "places-are-reached",
                    $"shard {number} is at {entry.Owner}, pinned to {(isPinned ? pin.Group : "none")}, "
                    + $"members are {string.Join(", ", masters.Members)}");
            }
        }
    }

    private void CheckCommit(ShardMove move)
    {
        if (_committed.GetValueOrDefault(move.Shard.Value) == move.Id)
            return;

        _committed[move.Shard.Value] = move.Id;
        _committedAt[move.Id] = world.Now;
        ShardState source = CopyOf(move.Source, move.Shard);
        ShardState target = CopyOf(move.Target, move.Shard);
        bool isSealed = source.Ownership.Phase == TransferPhase.SealedForMove && source.Ownership.Granted == move.Granted;
        bool isReady = target.Receiving == move.Id && target.ReadyFor == move.Granted;
        if (!isSealed || !isReady || source.Receipt() != move.Receipt)
        {
            throw new ViolationException(
                "commits-are-founded",
                $"{move} is committed; the source is {source.Ownership.Phase} for {source.Ownership.Granted} with {source.Receipt()}, "
                + $"the target receives move {target.Receiving} and is ready for {target.ReadyFor}");
        }
    }

    // On the slowest clock that a run may have, with the time that a decision may wait for the store.
    private void CheckUndo(MoveId undone)
    {
        long limit = (world.Options["move.undo-ms"] + world.Options["detect-ms"]) * 1_000 * 3 / 2;
        if (_committedAt.TryGetValue(undone, out long at) && _undone.Add(undone) && world.Now - at > limit)
        {
            throw new ViolationException(
                "undone-in-time", $"move {undone} is undone {(world.Now - at) / 1_000} ms after its commit");
        }
    }

    private void CheckCopy(LogTruth log, ShardState copy)
    {
        ShardOwnership ownership = copy.Ownership;
        if (ownership.TakenMove > _taken.GetValueOrDefault(log.Name))
        {
            _taken[log.Name] = ownership.TakenMove;
            CheckTaken(log, copy);
        }

        if (ownership is { Phase: TransferPhase.Released, Release: ReleaseReason.Moved }
            && _phases.GetValueOrDefault(log.Name) != TransferPhase.Released
            && Masters.FindCommitted(log.ShardId)?.Id != ownership.EndedMove)
        {
            throw new ViolationException(
                "moves-are-decided",
                $"{log.Name} is released by move {ownership.EndedMove}, the newest commit is {Masters.FindCommitted(log.ShardId)}");
        }

        _phases[log.Name] = ownership.Phase;
    }

    private void CheckTaken(LogTruth log, ShardState copy)
    {
        ShardMove? committed = Masters.FindCommitted(log.ShardId);
        if (committed?.Id != copy.Ownership.TakenMove || committed.Granted != copy.Ownership.Epoch)
        {
            throw new ViolationException(
                "moves-are-decided",
                $"{log.Name} serves by move {copy.Ownership.TakenMove} at epoch {copy.Ownership.Epoch}, the newest commit is {committed}");
        }

        MoveReceipt receipt = committed.Receipt!;
        if (copy.Keys != receipt.Keys || copy.Receipt().Bytes != receipt.Bytes
            || copy.ClientSessions + copy.RouterSessions < receipt.Sessions)
        {
            throw new ViolationException(
                "nothing-is-missing", $"{log.Name} begins to serve with {copy.Receipt()}, committed was {receipt}");
        }
    }

    private ShardState CopyOf(GroupId group, ShardId shard) => world.Store.Of(LogName.Shard(group, shard)).Truth.Shard!;
}
