using System.Collections.Immutable;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Masters;

/// <summary>
/// Who has which shard, now and at every earlier epoch that is kept. An epoch is one change; the owners at the oldest
/// epoch and the changes since then are all that is stored.
/// </summary>
internal sealed class ShardMap(int epochsMax)
{
    private readonly SortedDictionary<int, ShardEntry> _entries = [];
    private readonly SortedDictionary<int, GroupId> _oldest = [];
    private readonly Queue<(int Shard, GroupId Owner)> _changes = new();

    /// <summary>The oldest epoch that can be answered.</summary>
    internal Epoch Oldest { get; private set; }

    /// <summary>The map's epoch: 1 when the cluster is founded, one more with every change.</summary>
    internal Epoch Newest => new(Oldest.Value + (ulong)_changes.Count);

    internal ShardEntry? Find(ShardId shard) => _entries.GetValueOrDefault(shard.Value);

    internal void Found() => Oldest = new Epoch(1);

    /// <summary>Sets a shard's owner and epoch: a new epoch of the map.</summary>
    internal void Move(ShardId shard, ShardEntry entry)
    {
        _entries[shard.Value] = entry;
        _changes.Enqueue((shard.Value, entry.Owner));
        if (_changes.Count >= epochsMax)
        {
            (int oldShard, GroupId oldOwner) = _changes.Dequeue();
            _oldest[oldShard] = oldOwner;
            Oldest = Oldest.Next();
        }
    }

    /// <summary>The owner holds the shard: the map as others see it stays as it is.</summary>
    internal void Hold(ShardId shard, ShardEntry entry) => _entries[shard.Value] = entry with { MayOpenEmpty = false };

    /// <summary>The group with the fewest shards, the first in the cluster's order of those that are equal.</summary>
    internal GroupId LeastLoaded(ImmutableArray<GroupId> groups)
    {
        GroupId best = groups[0];
        int fewest = int.MaxValue;
        foreach (GroupId group in groups)
        {
            int count = _entries.Values.Count(entry => entry.Owner == group);
            if (count < fewest)
            {
                (best, fewest) = (group, count);
            }
        }

        return best;
    }

    /// <summary>The owners at an epoch between <see cref="Oldest"/> and <see cref="Newest"/>.</summary>
    internal ImmutableSortedDictionary<int, GroupId> At(Epoch epoch)
    {
        if (epoch == Newest)
        {
            return _entries.ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value.Owner);
        }

        Invariant.Check(epoch >= Oldest && epoch <= Newest, $"epoch {epoch} of a map that has {Oldest} to {Newest}");
        ImmutableSortedDictionary<int, GroupId>.Builder owners = _oldest.ToImmutableSortedDictionary().ToBuilder();
        int applied = (int)(epoch.Value - Oldest.Value);
        foreach ((int shard, GroupId owner) in _changes.Take(applied))
        {
            owners[shard] = owner;
        }

        return owners.ToImmutable();
    }

    internal void Clear()
    {
        _entries.Clear();
        _oldest.Clear();
        _changes.Clear();
        Oldest = Epoch.None;
    }

    internal void Write(ByteWriter to)
    {
        to.VarUInt(Oldest.Value);
        WriteOwners(to, _oldest.Select(static pair => (pair.Key, pair.Value)), _oldest.Count);
        WriteOwners(to, _changes, _changes.Count);
        to.VarUInt((ulong)_entries.Count);
        foreach ((int shard, ShardEntry entry) in _entries)
        {
            to.VarUInt((ulong)shard);
            to.Text(entry.Owner.Value);
            to.VarUInt(entry.Epoch.Value);
            to.Bool(entry.MayOpenEmpty);
        }
    }

    internal void Read(ref ByteReader from)
    {
        Oldest = new Epoch(from.VarUInt());
        for (int left = from.Count(); left > 0; left--)
        {
            _oldest.Add(MasterEntryCodec.ReadShard(ref from).Value, new GroupId(from.Text()));
        }

        for (int left = from.Count(); left > 0; left--)
        {
            _changes.Enqueue((MasterEntryCodec.ReadShard(ref from).Value, new GroupId(from.Text())));
        }

        for (int left = from.Count(); left > 0; left--)
        {
            int shard = MasterEntryCodec.ReadShard(ref from).Value;
            _entries.Add(shard, new ShardEntry(new GroupId(from.Text()), new Epoch(from.VarUInt()), from.Bool()));
        }
    }

    private static void WriteOwners(ByteWriter to, IEnumerable<(int Shard, GroupId Owner)> owners, int count)
    {
        to.VarUInt((ulong)count);
        foreach ((int shard, GroupId owner) in owners)
        {
            to.VarUInt((ulong)shard);
            to.Text(owner.Value);
        }
    }
}
