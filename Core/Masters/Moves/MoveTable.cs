using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// The moves of the masters' state: what each shard is wanted at, its active move, and the newest of each end. Bounded
/// by the number of shards.
/// </summary>
internal sealed class MoveTable
{
    private readonly SortedDictionary<int, WantedPlace> _wanted = [];
    private readonly SortedDictionary<int, ShardMove> _active = [];
    private readonly SortedDictionary<int, ShardMove> _committed = [];
    private readonly SortedDictionary<int, ShardMove> _aborted = [];

    /// <summary>The newest move's number; none before the first.</summary>
    internal MoveId Newest { get; private set; }

    /// <summary>Rises with every change, in memory only: who has seen this one need not look again.</summary>
    internal ulong Version { get; private set; }

    internal bool IsEmpty => Newest == MoveId.None && _wanted.Count == 0;

    /// <summary>Shards that are not where they are wanted, by number.</summary>
    internal IReadOnlyDictionary<int, WantedPlace> Wanted => _wanted;

    /// <summary>Moves that have not ended, by shard.</summary>
    internal IReadOnlyDictionary<int, ShardMove> Active => _active;

    /// <summary>The newest ended move of each shard that was committed.</summary>
    internal IReadOnlyDictionary<int, ShardMove> Committed => _committed;

    /// <summary>The newest move of each shard that was aborted.</summary>
    internal IReadOnlyDictionary<int, ShardMove> Aborted => _aborted;

    internal ShardMove? FindActive(ShardId shard) => _active.GetValueOrDefault(shard.Value);

    internal ShardMove? FindAborted(ShardId shard) => _aborted.GetValueOrDefault(shard.Value);

    internal WantedPlace? FindWanted(ShardId shard) =>
        _wanted.TryGetValue(shard.Value, out WantedPlace wanted) ? wanted : null;

    /// <summary>The shard's newest move that was committed, whether it has ended or not.</summary>
    internal ShardMove? FindCommitted(ShardId shard) => FindActive(shard) is { IsCommitted: true } active
        ? active
        : _committed.GetValueOrDefault(shard.Value);

    /// <summary>Where a shard is to be. An open move to elsewhere ends by it.</summary>
    internal void Want(ShardId shard, GroupId owner, WantedPlace place)
    {
        Version++;
        if (owner == place.Group)
            _wanted.Remove(shard.Value);
        else
            _wanted[shard.Value] = place;

        if (FindActive(shard) is not { IsCommitted: false } open)
            return;

        if (open.Target != place.Group)
        {
            Abort(open, $"shard {shard} is wanted at {place.Group} by now");
        }
        else
        {
            // An undo that finds the move under way is that move: said again, it must not be undone in turn.
            _active[shard.Value] = open with { UndoOf = place.UndoOf };
        }
    }

    /// <summary>A shard has another owner, by its copies' own report: a move away from the old one has lost it.</summary>
    internal void Reported(ShardId shard, ShardEntry entry)
    {
        if (FindWanted(shard) is { } wanted && wanted.Group == entry.Owner)
        {
            Version++;
            _wanted.Remove(shard.Value);
        }

        if (FindActive(shard) is { IsCommitted: false } open && open.Source != entry.Owner)
            Abort(open, $"shard {shard} was handed to {entry.Owner} at epoch {entry.Epoch} by its copies");
    }

    internal ShardMove Begin(ShardId shard, GroupId source, WantedPlace to)
    {
        Version++;
        Newest = Newest.Next();
        ShardMove move = new(Newest, shard, source, to.Group, to.UndoOf);
        _active.Add(shard.Value, move);
        return move;
    }

    internal void Cancel(ShardMove open, Epoch upTo)
    {
        Version++;
        _active[open.Shard.Value] = open with { CancelledUpTo = upTo };
    }

    internal void Commit(ShardMove open, Epoch granted, MoveReceipt receipt)
    {
        Version++;
        _active[open.Shard.Value] = open with { Granted = granted, Receipt = receipt };
        if (FindWanted(open.Shard)?.Group == open.Target)
            _wanted.Remove(open.Shard.Value);
    }

    internal void Abort(ShardMove open, string text)
    {
        Version++;
        _active.Remove(open.Shard.Value);
        _aborted[open.Shard.Value] = open with { Text = text };
    }

    internal void End(ShardMove committed, long? pauseUs)
    {
        Version++;
        _active.Remove(committed.Shard.Value);
        _committed[committed.Shard.Value] = committed with { PauseUs = pauseUs };
    }

    internal void Clear()
    {
        Version++;
        Newest = MoveId.None;
        _wanted.Clear();
        _active.Clear();
        _committed.Clear();
        _aborted.Clear();
    }

    internal void Restore(
        MoveId newest,
        IEnumerable<(int Shard, WantedPlace Place)> wanted,
        IEnumerable<ShardMove> active,
        IEnumerable<ShardMove> committed,
        IEnumerable<ShardMove> aborted)
    {
        Clear();
        Newest = newest;
        foreach ((int shard, WantedPlace place) in wanted)
            _wanted.Add(shard, place);

        Add(_active, active);
        Add(_committed, committed);
        Add(_aborted, aborted);
    }

    private static void Add(SortedDictionary<int, ShardMove> to, IEnumerable<ShardMove> moves)
    {
        foreach (ShardMove move in moves)
            to.Add(move.Shard.Value, move);
    }
}
