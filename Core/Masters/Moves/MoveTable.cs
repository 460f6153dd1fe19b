using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>Each shard's wanted place, active move, newest committed and newest aborted move. Bounded by the number of shards.</summary>
internal sealed class MoveTable
{
    private readonly SortedDictionary<int, WantedPlace> _wanted = [];
    private readonly SortedDictionary<int, ShardMove> _active = [];
    private readonly SortedDictionary<int, ShardMove> _committed = [];
    private readonly SortedDictionary<int, ShardMove> _aborted = [];

    internal MoveId Newest { get; private set; }

    /// <summary>Rises with every change, in memory only: a reader that saw this version need not read again.</summary>
    internal ulong Version { get; private set; }

    /// <summary>Shards that are not where they are wanted, by number.</summary>
    internal IReadOnlyDictionary<int, WantedPlace> Wanted => _wanted;

    internal IReadOnlyDictionary<int, ShardMove> Active => _active;

    /// <summary>The newest ended move of each shard that was committed.</summary>
    internal IReadOnlyDictionary<int, ShardMove> Committed => _committed;

    /// <summary>The newest move of each shard that was aborted.</summary>
    internal IReadOnlyDictionary<int, ShardMove> Aborted => _aborted;

    internal ShardMove? FindActive(ShardId shard) => _active.GetValueOrDefault(shard.Value);

    internal ShardMove? FindAborted(ShardId shard) => _aborted.GetValueOrDefault(shard.Value);

    internal WantedPlace? FindWanted(ShardId shard) => _wanted.TryGetValue(shard.Value, out WantedPlace wanted) ? wanted : null;

    /// <summary>The shard's newest committed move, whether it has ended or not.</summary>
    internal ShardMove? FindCommitted(ShardId shard) => FindActive(shard) is { IsCommitted: true } active
        ? active
        : _committed.GetValueOrDefault(shard.Value);

    internal bool Has(MoveId move) => move > MoveId.None && move <= Newest;

    /// <summary>
    /// What is already decided about a seal; null where nothing is, or the log has no such move. A primary thereby knows
    /// beforehand whether a decision is needed at all.
    /// </summary>
    /// <remarks>
    /// A move that is neither the shard's active one nor its newest committed one was aborted: the next move of a shard
    /// begins only when both copies have finished a committed one, and neither of them asks after that.
    /// </remarks>
    internal MoveDecision? FindDecision(ShardId shard, MoveId move, Epoch granted)
    {
        if (move > Newest)
            return null;

        if (FindCommitted(shard) is { } committed && committed.Id == move)
        {
            // A seal before the committed one was cancelled, or the source could not have sealed again. There is none
            // after it; what is certain is that the source must not serve.
            return granted < committed.Granted ? MoveDecision.Cancelled : MoveDecision.Committed;
        }

        ShardMove? active = FindActive(shard);
        return active?.Id != move ? MoveDecision.Aborted
            : granted <= active.CancelledUpTo ? MoveDecision.Cancelled
            : null;
    }

    /// <summary>Whether an undecided seal may be committed over the shard map's entry.</summary>
    internal static bool MayCommit(ShardMove active, ShardEntry entry, Epoch granted) =>
        granted > entry.Epoch && entry.Owner == active.Source;

    /// <summary>Sets where a shard is wanted. An open move to another group is aborted.</summary>
    internal void Want(ShardId shard, GroupId owner, WantedPlace place, DateTimeOffset? at)
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
            Abort(open, $"shard {shard} is wanted at {place.Group} by now", at);
        }
        else
        {
            // An undo that finds the move under way is that move: if it is requested again, it must not be undone in turn.
            _active[shard.Value] = open with { UndoOf = place.UndoOf };
        }
    }

    /// <summary>The copies reported another owner: an open move from the old owner has lost its source.</summary>
    internal void OnReported(ShardId shard, ShardEntry entry, DateTimeOffset? at)
    {
        if (FindWanted(shard) is { } wanted && wanted.Group == entry.Owner)
        {
            Version++;
            _wanted.Remove(shard.Value);
        }

        if (FindActive(shard) is { IsCommitted: false } open && open.Source != entry.Owner)
            Abort(open, $"shard {shard} was handed to {entry.Owner} at epoch {entry.Epoch} by its copies", at);
    }

    internal void Begin(ShardId shard, GroupId source, WantedPlace to)
    {
        Version++;
        Newest = Newest.Next();
        _active.Add(shard.Value, new ShardMove(Newest, shard, source, to.Group, to.UndoOf));
    }

    internal void Cancel(ShardMove open, Epoch upTo)
    {
        Version++;
        _active[open.Shard.Value] = open with { CancelledUpTo = upTo };
    }

    internal void Commit(ShardMove open, Epoch granted, MoveReceipt receipt, DateTimeOffset? at)
    {
        Version++;
        _active[open.Shard.Value] = open with { Granted = granted, Receipt = receipt, DecidedAt = at };
        if (FindWanted(open.Shard)?.Group == open.Target)
            _wanted.Remove(open.Shard.Value);
    }

    internal void Abort(ShardMove open, string text, DateTimeOffset? at)
    {
        Version++;
        _active.Remove(open.Shard.Value);
        _aborted[open.Shard.Value] = open with { Text = text, DecidedAt = at };
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

    /// <summary>Writes the canonical bytes of the table, as they are in the masters' checkpoint.</summary>
    internal void Write(ByteWriter to)
    {
        to.VarUInt(Newest.Value);
        to.Items(_wanted, static (to, pair) =>
        {
            to.VarUInt((ulong)pair.Key);
            to.Text(pair.Value.Group.Value);
            to.VarUInt(pair.Value.UndoOf.Value);
        });
        to.Items(_active.Values, Write);
        to.Items(_committed.Values, Write);
        to.Items(_aborted.Values, Write);
    }

    internal void Read(ref ByteReader from)
    {
        Clear();
        Newest = new MoveId(from.VarUInt());
        for (int left = from.Count(); left > 0; left--)
        {
            int shard = MasterEntryCodec.ReadShard(ref from).Value;
            _wanted.Add(shard, new WantedPlace(new GroupId(from.Text()), new MoveId(from.VarUInt())));
        }

        Read(ref from, _active);
        Read(ref from, _committed);
        Read(ref from, _aborted);
    }

    internal bool HasTimes => _active.Values.Concat(_committed.Values).Any(static move => move.DecidedAt is not null);

    internal void WriteTimes(ByteWriter to)
    {
        foreach (ShardMove move in _active.Values.Concat(_committed.Values))
            MasterEntryCodec.Write(to, move.DecidedAt);
    }

    internal void ReadTimes(ref ByteReader from)
    {
        ReadTimes(ref from, _active);
        ReadTimes(ref from, _committed);
    }

    internal bool HasAbortTimes => _aborted.Values.Any(static move => move.DecidedAt is not null);

    internal void WriteAbortTimes(ByteWriter to)
    {
        foreach (ShardMove move in _aborted.Values)
            MasterEntryCodec.Write(to, move.DecidedAt);
    }

    internal void ReadAbortTimes(ref ByteReader from) => ReadTimes(ref from, _aborted);

    private static void ReadTimes(ref ByteReader from, SortedDictionary<int, ShardMove> moves)
    {
        foreach ((int shard, ShardMove move) in moves.ToArray())
            moves[shard] = move with { DecidedAt = MasterEntryCodec.ReadOptionalTime(ref from) };
    }

    private static void Write(ByteWriter to, ShardMove move)
    {
        to.VarUInt(move.Id.Value);
        to.VarUInt((ulong)move.Shard.Value);
        to.Text(move.Source.Value);
        to.Text(move.Target.Value);
        to.VarUInt(move.UndoOf.Value);
        to.VarUInt(move.CancelledUpTo.Value);
        to.VarUInt(move.Granted.Value);
        MasterEntryCodec.Write(to, move.Receipt);
        MasterEntryCodec.Write(to, move.PauseUs);
        to.OptionalText(move.Text);
    }

    private static void Read(ref ByteReader from, SortedDictionary<int, ShardMove> moves)
    {
        for (int left = from.Count(); left > 0; left--)
        {
            ShardMove move = new(
                new MoveId(from.VarUInt()), MasterEntryCodec.ReadShard(ref from),
                new GroupId(from.Text()), new GroupId(from.Text()), new MoveId(from.VarUInt()))
            {
                CancelledUpTo = new Epoch(from.VarUInt()),
                Granted = new Epoch(from.VarUInt()),
                Receipt = MasterEntryCodec.ReadReceipt(ref from),
                PauseUs = MasterEntryCodec.ReadPause(ref from),
                Text = from.OptionalText(),
            };
            moves.Add(move.Shard.Value, move);
        }
    }
}
