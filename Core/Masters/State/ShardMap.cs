using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Core.Masters;

/// <summary>
/// Which group owns which shard and which groups are members, now and at every earlier epoch that is kept. Each change is
/// one epoch. Only the owners and members at the oldest epoch and the changes since then are stored.
/// </summary>
internal sealed class ShardMap(int epochsMax)
{
    private readonly SortedDictionary<int, ShardEntry> _entries = [];
    private readonly SortedDictionary<int, GroupId> _oldest = [];
    private readonly Queue<MapChange> _changes = new();
    private ImmutableArray<GroupId> _oldestMembers = [];

    internal Epoch Oldest { get; private set; }

    /// <summary>The map's epoch: 1 when the cluster is created, one more with every change.</summary>
    internal Epoch Newest => new(Oldest.Value + (ulong)_changes.Count);

    internal IReadOnlyDictionary<int, ShardEntry> Entries => _entries;

    internal Membership Membership { get; } = new();

    internal SortedDictionary<int, ShardPin> Pins { get; } = [];

    /// <summary>
    /// The pins that shards had at their owners before they were wanted elsewhere, while they are: what a cancellation restores.
    /// </summary>
    internal SortedDictionary<int, ShardPin> ReplacedPins { get; } = [];

    internal ShardEntry? Find(ShardId shard) => _entries.GetValueOrDefault(shard.Value);

    internal void Create(ImmutableArray<GroupId> groups)
    {
        Oldest = new Epoch(1);
        SetGroups(groups);
    }

    internal void Move(ShardId shard, ShardEntry entry)
    {
        _entries[shard.Value] = entry;
        Append(MapChange.Owned(shard.Value, entry.Owner));
    }

    /// <summary>Groups join or leave: a new epoch of the map. Pins to groups that leave are removed.</summary>
    internal void ChangeMembers(ImmutableArray<GroupId> groups, bool join)
    {
        Append(MapChange.Members(groups, join));
        Membership.Change(groups, join, Newest);
        foreach (SortedDictionary<int, ShardPin> pins in (ReadOnlySpan<SortedDictionary<int, ShardPin>>)[Pins, ReplacedPins])
        {
            foreach (int shard in pins.Where(pin => !Membership.Has(pin.Value.Group)).Select(static pin => pin.Key).ToList())
                pins.Remove(shard);
        }
    }

    /// <summary>The cluster has further groups, which are no members: the epoch stays.</summary>
    internal void AddGroups(ImmutableArray<GroupId> groups) => Membership.Add(groups, Newest);

    /// <summary>Pins a shard to a group. Where the pin did not also assign the shard, it is a new epoch of the map.</summary>
    internal void Pin(ShardId shard, GroupId group, bool isAssigned)
    {
        if (!isAssigned)
            Append(MapChange.Pinned(shard.Value, group));

        Pins[shard.Value] = new ShardPin(group, Newest);
    }

    /// <summary>A shard that stays at a group gets the pin back that it had there.</summary>
    internal void RestorePin(ShardId shard, GroupId group)
    {
        if (ReplacedPins.Remove(shard.Value, out ShardPin pin) && pin.Group == group)
            Pins[shard.Value] = pin;
    }

    /// <summary>Drops what was kept of shards whose move can be cancelled no longer.</summary>
    internal void DropReplacedPins(Predicate<ShardId> isSettled)
    {
        if (ReplacedPins.Count == 0)
            return;

        foreach (int shard in ReplacedPins.Keys.Where(shard => isSettled(new ShardId(shard))).ToList())
            ReplacedPins.Remove(shard);
    }

    /// <summary>The owner holds the shard: the epoch and the owner stay.</summary>
    internal void Hold(ShardId shard, ShardEntry entry) => _entries[shard.Value] = entry with { MayOpenEmpty = false };

    /// <summary>The owners at an epoch between <see cref="Oldest"/> and <see cref="Newest"/>.</summary>
    internal ImmutableSortedDictionary<int, GroupId> At(Epoch epoch)
    {
        if (epoch == Newest)
            return _entries.ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value.Owner);

        Invariant.Check(epoch >= Oldest && epoch <= Newest, $"epoch {epoch} of a map that has {Oldest} to {Newest}");
        ImmutableSortedDictionary<int, GroupId>.Builder owners = _oldest.ToImmutableSortedDictionary().ToBuilder();
        foreach (MapChange change in ChangesTo(epoch).Where(static change => change.Kind == MapChangeKind.Owned))
            owners[change.Shard] = change.Group;

        return owners.ToImmutable();
    }

    /// <summary>The members at an epoch between <see cref="Oldest"/> and <see cref="Newest"/>.</summary>
    internal ImmutableArray<GroupId> MembersAt(Epoch epoch) =>
        ChangesTo(epoch).Aggregate(_oldestMembers, (members, change) => change.Apply(members, Membership.All));

    internal void Clear()
    {
        _entries.Clear();
        _oldest.Clear();
        _changes.Clear();
        Oldest = Epoch.None;
        Pins.Clear();
        ReplacedPins.Clear();
        SetGroups([]);
    }

    internal void Write(ByteWriter to)
    {
        to.VarUInt(Oldest.Value);
        to.Items(_oldest, static (to, pair) => WriteOwner(to, pair.Key, pair.Value));
        to.Items(_changes, WriteChange);
        to.Items(_entries, static (to, pair) =>
        {
            WriteOwner(to, pair.Key, pair.Value.Owner);
            to.VarUInt(pair.Value.Epoch.Value);
            to.Bool(pair.Value.MayOpenEmpty);
        });
    }

    internal void Read(ref ByteReader from, ImmutableArray<GroupId> groups)
    {
        SetGroups(groups);
        Oldest = new Epoch(from.VarUInt());
        for (int left = from.Count(); left > 0; left--)
            _oldest.Add(MasterEntryCodec.ReadShard(ref from).Value, new GroupId(from.Text()));

        foreach (MapChange change in from.Items(ReadChange))
            _changes.Enqueue(change);

        for (int left = from.Count(); left > 0; left--)
        {
            int shard = MasterEntryCodec.ReadShard(ref from).Value;
            _entries.Add(shard, new ShardEntry(new GroupId(from.Text()), new Epoch(from.VarUInt()), from.Bool()));
        }
    }

    internal void WriteMembers(ByteWriter to)
    {
        MasterEntryCodec.Write(to, _oldestMembers);
        Membership.Write(to);
        WritePins(to, Pins);
    }

    internal void ReadMembers(ref ByteReader from)
    {
        _oldestMembers = MasterEntryCodec.ReadGroups(ref from);
        Membership.Read(ref from);
        ReadPins(ref from, Pins);
    }

    internal static void WritePins(ByteWriter to, SortedDictionary<int, ShardPin> pins) => to.Items(pins, static (to, pair) =>
    {
        WriteOwner(to, pair.Key, pair.Value.Group);
        to.VarUInt(pair.Value.At.Value);
    });

    internal static void ReadPins(ref ByteReader from, SortedDictionary<int, ShardPin> pins)
    {
        for (int left = from.Count(); left > 0; left--)
        {
            int shard = MasterEntryCodec.ReadShard(ref from).Value;
            pins.Add(shard, new ShardPin(new GroupId(from.Text()), new Epoch(from.VarUInt())));
        }
    }

    private IEnumerable<MapChange> ChangesTo(Epoch epoch) => _changes.Take((int)(epoch.Value - Oldest.Value));

    private void SetGroups(ImmutableArray<GroupId> groups)
    {
        Membership.Create(groups);
        _oldestMembers = groups;
    }

    /// <summary>Adds an epoch; beyond the limit the oldest one is compacted.</summary>
    private void Append(MapChange change)
    {
        _changes.Enqueue(change);
        if (_changes.Count < epochsMax)
            return;

        MapChange oldest = _changes.Dequeue();
        if (oldest.Kind == MapChangeKind.Owned)
            _oldest[oldest.Shard] = oldest.Group;

        _oldestMembers = oldest.Apply(_oldestMembers, Membership.All);
        Oldest = Oldest.Next();
    }

    private static void WriteChange(ByteWriter to, MapChange change)
    {
        to.Byte((byte)change.Kind);
        if (change.Kind is MapChangeKind.Joined or MapChangeKind.Left)
            MasterEntryCodec.Write(to, change.Groups);
        else
            WriteOwner(to, change.Shard, change.Group);
    }

    private static MapChange ReadChange(ref ByteReader from)
    {
        MapChangeKind kind = (MapChangeKind)from.Byte();
        return kind switch
        {
            MapChangeKind.Joined or MapChangeKind.Left =>
                MapChange.Members(MasterEntryCodec.ReadGroups(ref from), kind == MapChangeKind.Joined),
            MapChangeKind.Owned or MapChangeKind.Pinned =>
                new MapChange(kind, MasterEntryCodec.ReadShard(ref from).Value, new GroupId(from.Text()), []),
            _ => throw new CorruptDataException($"a change of kind {(byte)kind}, which this version does not know"),
        };
    }

    private static void WriteOwner(ByteWriter to, int shard, GroupId owner)
    {
        to.VarUInt((ulong)shard);
        to.Text(owner.Value);
    }
}

/// <summary>What made an epoch of the shard map. Persisted in checkpoints: values are append-only.</summary>
internal enum MapChangeKind : byte
{
    /// <summary>A shard has another owner, or its owner another epoch.</summary>
    Owned = 1,

    /// <summary>Groups became members.</summary>
    Joined = 2,

    /// <summary>Groups are members no longer.</summary>
    Left = 3,

    /// <summary>A shard was pinned; its owner stays.</summary>
    Pinned = 4,
}

/// <summary>
/// One epoch of the shard map, as the difference to the one before: a shard with its new owner or the group that it is pinned
/// to, or the groups that joined or left, in the cluster's order.
/// </summary>
internal readonly record struct MapChange(MapChangeKind Kind, int Shard, GroupId Group, ImmutableArray<GroupId> Groups)
{
    internal static MapChange Owned(int shard, GroupId owner) => new(MapChangeKind.Owned, shard, owner, []);

    internal static MapChange Pinned(int shard, GroupId group) => new(MapChangeKind.Pinned, shard, group, []);

    internal static MapChange Members(ImmutableArray<GroupId> groups, bool join) =>
        new(join ? MapChangeKind.Joined : MapChangeKind.Left, 0, default, groups);

    /// <summary>The members after this change, in the order of <paramref name="all"/>; those that were forgotten since come last.</summary>
    internal ImmutableArray<GroupId> Apply(ImmutableArray<GroupId> members, ImmutableArray<GroupId> all)
    {
        ImmutableArray<GroupId> changed = Groups;
        return Kind switch
        {
            MapChangeKind.Joined =>
            [
                .. all.Where(group => members.Contains(group) || changed.Contains(group)),
                .. members.Union(changed).Where(group => !all.Contains(group)).OrderBy(static group => group.Value, StringComparer.Ordinal),
            ],
            MapChangeKind.Left => [.. members.Where(group => !changed.Contains(group))],
            MapChangeKind.Owned or MapChangeKind.Pinned => members,
        };
    }
}
