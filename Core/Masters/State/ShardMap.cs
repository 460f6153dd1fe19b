using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Core.Masters;

/// <summary>
/// Who has which shard and which groups are members, now and at every earlier epoch that is kept. An epoch is one
/// change; owners and members at the oldest epoch and the changes since then are all that is stored.
/// </summary>
internal sealed class ShardMap(int epochsMax)
{
    private readonly SortedDictionary<int, ShardEntry> _entries = [];
    private readonly SortedDictionary<int, GroupId> _oldest = [];
    private readonly Queue<MapChange> _changes = new();
    private ImmutableArray<GroupId> _oldestMembers = [];

    /// <summary>The oldest epoch that can be answered.</summary>
    internal Epoch Oldest { get; private set; }

    /// <summary>The map's epoch: 1 when the cluster is founded, one more with every change.</summary>
    internal Epoch Newest => new(Oldest.Value + (ulong)_changes.Count);

    internal ShardEntry? Find(ShardId shard) => _entries.GetValueOrDefault(shard.Value);

    internal IReadOnlyDictionary<int, ShardEntry> Entries => _entries;

    internal Membership Membership { get; } = new();

    internal SortedDictionary<int, ShardPin> Pins { get; } = [];

    /// <summary>Whether there was never anything but owners to be told of, as far as is known.</summary>
    internal bool IsPlain => Membership.IsAsFounded && Pins.Count == 0
        && _oldestMembers.Length == Membership.All.Length
        && _changes.All(static change => change.Kind == MapChangeKind.Owned);

    internal void Found(ImmutableArray<GroupId> groups)
    {
        Oldest = new Epoch(1);
        SetGroups(groups);
    }

    /// <summary>Sets a shard's owner and epoch: a new epoch of the map.</summary>
    internal void Move(ShardId shard, ShardEntry entry)
    {
        _entries[shard.Value] = entry;
        Changed(MapChange.Owned(shard.Value, entry.Owner));
    }

    /// <summary>Groups join or leave: a new epoch of the map. Pins to those that leave go with them.</summary>
    internal void ChangeMembers(ImmutableArray<GroupId> groups, bool join)
    {
        Changed(MapChange.Members(groups, join));
        Membership.Change(groups, join, Newest);
        foreach (int shard in Pins.Where(pin => !Membership.Has(pin.Value.Group)).Select(static pin => pin.Key).ToList())
            Pins.Remove(shard);
    }

    /// <summary>A new epoch; beyond what is kept the oldest one goes.</summary>
    internal void Changed(MapChange change)
    {
        _changes.Enqueue(change);
        if (_changes.Count >= epochsMax)
            Compact(_changes.Dequeue());
    }

    /// <summary>The owner holds the shard: the map as others see it stays as it is.</summary>
    internal void Hold(ShardId shard, ShardEntry entry) => _entries[shard.Value] = entry with { MayOpenEmpty = false };

    /// <summary>The owners at an epoch between <see cref="Oldest"/> and <see cref="Newest"/>.</summary>
    internal ImmutableSortedDictionary<int, GroupId> At(Epoch epoch)
    {
        if (epoch == Newest)
            return _entries.ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value.Owner);

        Invariant.Check(epoch >= Oldest && epoch <= Newest, $"epoch {epoch} of a map that has {Oldest} to {Newest}");
        ImmutableSortedDictionary<int, GroupId>.Builder owners = _oldest.ToImmutableSortedDictionary().ToBuilder();
        int applied = (int)(epoch.Value - Oldest.Value);
        foreach (MapChange change in _changes.Take(applied))
        {
            if (change.Kind == MapChangeKind.Owned)
                owners[change.Shard] = change.Group;
        }

        return owners.ToImmutable();
    }

    /// <summary>The members at an epoch between <see cref="Oldest"/> and <see cref="Newest"/>.</summary>
    internal ImmutableArray<GroupId> MembersAt(Epoch epoch)
    {
        ImmutableArray<GroupId> members = _oldestMembers;
        foreach (MapChange change in _changes.Take((int)(epoch.Value - Oldest.Value)))
            members = change.Apply(members, Membership.All);

        return members;
    }

    internal void Clear()
    {
        _entries.Clear();
        _oldest.Clear();
        _changes.Clear();
        Oldest = Epoch.None;
        Pins.Clear();
        SetGroups([]);
    }

    internal void Write(ByteWriter to, bool isPlain)
    {
        to.VarUInt(Oldest.Value);
        to.VarUInt((ulong)_oldest.Count);
        foreach ((int shard, GroupId owner) in _oldest)
            WriteOwner(to, shard, owner);

        to.VarUInt((ulong)_changes.Count);
        foreach (MapChange change in _changes)
            Write(to, change, isPlain);

        to.VarUInt((ulong)_entries.Count);
        foreach ((int shard, ShardEntry entry) in _entries)
        {
            to.VarUInt((ulong)shard);
            to.Text(entry.Owner.Value);
            to.VarUInt(entry.Epoch.Value);
            to.Bool(entry.MayOpenEmpty);
        }
    }

    /// <summary>Reads what a founded map of these groups was written as.</summary>
    internal void Read(ref ByteReader from, ImmutableArray<GroupId> groups, bool isPlain)
    {
        SetGroups(groups);
        Oldest = new Epoch(from.VarUInt());
        for (int left = from.Count(); left > 0; left--)
            _oldest.Add(MasterEntryCodec.ReadShard(ref from).Value, new GroupId(from.Text()));

        for (int left = from.Count(); left > 0; left--)
            _changes.Enqueue(ReadChange(ref from, isPlain));

        for (int left = from.Count(); left > 0; left--)
        {
            int shard = MasterEntryCodec.ReadShard(ref from).Value;
            _entries.Add(shard, new ShardEntry(new GroupId(from.Text()), new Epoch(from.VarUInt()), from.Bool()));
        }
    }

    /// <summary>What only a map that is not <see cref="IsPlain"/> has.</summary>
    internal void WriteMembers(ByteWriter to)
    {
        MasterMoveCodec.Write(to, _oldestMembers);
        Membership.Write(to);
        to.VarUInt((ulong)Pins.Count);
        foreach ((int shard, ShardPin pin) in Pins)
        {
            WriteOwner(to, shard, pin.Group);
            to.VarUInt(pin.At.Value);
        }
    }

    internal void ReadMembers(ref ByteReader from)
    {
        _oldestMembers = MasterMoveCodec.ReadGroups(ref from);
        Membership.Read(ref from);
        for (int left = from.Count(); left > 0; left--)
        {
            int shard = MasterEntryCodec.ReadShard(ref from).Value;
            Pins.Add(shard, new ShardPin(new GroupId(from.Text()), new Epoch(from.VarUInt())));
        }
    }

    private void SetGroups(ImmutableArray<GroupId> groups)
    {
        Membership.Found(groups);
        _oldestMembers = groups;
    }

    private void Compact(MapChange change)
    {
        if (change.Kind == MapChangeKind.Owned)
            _oldest[change.Shard] = change.Group;

        _oldestMembers = change.Apply(_oldestMembers, Membership.All);
        Oldest = Oldest.Next();
    }

    private static void Write(ByteWriter to, MapChange change, bool isPlain)
    {
        if (!isPlain)
            to.Byte((byte)change.Kind);

        if (change.Kind is MapChangeKind.Joined or MapChangeKind.Left)
            MasterMoveCodec.Write(to, change.Groups);
        else
            WriteOwner(to, change.Shard, change.Group);
    }

    private static MapChange ReadChange(ref ByteReader from, bool isPlain)
    {
        MapChangeKind kind = isPlain ? MapChangeKind.Owned : (MapChangeKind)from.Byte();
        switch (kind)
        {
            case MapChangeKind.Joined or MapChangeKind.Left:
                return MapChange.Members(MasterMoveCodec.ReadGroups(ref from), kind == MapChangeKind.Joined);
            case MapChangeKind.Owned or MapChangeKind.Pinned:
                int shard = MasterEntryCodec.ReadShard(ref from).Value;
                return new MapChange(kind, shard, new GroupId(from.Text()), []);
            default:
                throw new CorruptDataException($"a change of kind {(byte)kind}, which this version does not know");
        }
    }

    private static void WriteOwner(ByteWriter to, int shard, GroupId owner)
    {
        to.VarUInt((ulong)shard);
        to.Text(owner.Value);
    }
}
