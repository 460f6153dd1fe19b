using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

/// <summary>The first byte of every entry of the masters' log. Persisted: values are append-only.</summary>
internal enum MasterEntryKind : byte
{
    Created = 1,
    Assigned = 2,
    OwnerReported = 3,
    TakenOver = 4,
    Redirected = 5,
    Switchover = 6,
    SwitchoverCancelled = 7,
    Joined = 8,
    Left = 9,
    Pinned = 10,
    Wanted = 11,
    MoveBegun = 12,
    SealDecided = 13,
    MoveAborted = 14,
    MoveEnded = 15,
    GroupsAdded = 16,
    Forgotten = 17,
    RestoreChanged = 18,
    MoveCancelled = 19,
}

/// <summary>One decision of a primary, as its log stores it.</summary>
internal abstract record MasterEntry
{
    private MasterEntry(MasterEntryKind kind) => Kind = kind;

    internal MasterEntryKind Kind { get; }

    /// <summary>When it was proposed, by the primary's wall clock; null where that is not known.</summary>
    internal DateTimeOffset? At { get; init; }

    /// <summary>
    /// Whether the state keeps what this entry ends: the pin that it replaces, and when it gave a move up. False in the entries of
    /// earlier releases, whose states, and so their digests, have neither.
    /// </summary>
    internal bool KeepsTraces { get; init; }

    /// <summary>What was decided about what, for people.</summary>
    internal string InWords => this is OfShard { Shard: var shard } ? $"{Kind} of shard {shard}" : $"{Kind}";

    /// <summary>The cluster is created: the first entry of every log.</summary>
    internal sealed record Created(ClusterDefinition Definition) : MasterEntry(MasterEntryKind.Created);

    /// <summary>The primary has changed: the first entry of a primary that was not the one before.</summary>
    internal sealed record TakenOver(TakeoverRecord Record) : MasterEntry(MasterEntryKind.TakenOver);

    /// <summary>Completes the record of the takeover that opened a term; at most one a takeover.</summary>
    internal sealed record Redirected(Term Term, long RedirectUs) : MasterEntry(MasterEntryKind.Redirected);

    /// <summary>The primary's last decision of this term, unless it is cancelled: another may take over without waiting.</summary>
    internal sealed record Switchover(MasterName To) : MasterEntry(MasterEntryKind.Switchover);

    /// <summary>The switchover was not taken: the primary continues.</summary>
    internal sealed record SwitchoverCancelled() : MasterEntry(MasterEntryKind.SwitchoverCancelled);

    internal abstract record OfGroups(MasterEntryKind Kind, ImmutableArray<GroupId> Groups) : MasterEntry(Kind)
    {
        public virtual bool Equals(OfGroups? other) => other is not null && Kind == other.Kind && Groups.SequenceEqual(other.Groups);

        public override int GetHashCode() => Groups.Length;
    }

    /// <summary>Groups become members, and the shards are rebalanced.</summary>
    internal sealed record Joined(ImmutableArray<GroupId> Groups) : OfGroups(MasterEntryKind.Joined, Groups);

    /// <summary>Groups are members no longer: their shards are wanted at the others.</summary>
    internal sealed record Left(ImmutableArray<GroupId> Groups) : OfGroups(MasterEntryKind.Left, Groups);

    /// <summary>The cluster has these groups, too. They are no members until they join.</summary>
    internal sealed record GroupsAdded(ImmutableArray<GroupId> Groups) : OfGroups(MasterEntryKind.GroupsAdded, Groups);

    /// <summary>The cluster no longer has these groups, none of which is a member or has or gets a shard.</summary>
    internal sealed record Forgotten(ImmutableArray<GroupId> Groups) : OfGroups(MasterEntryKind.Forgotten, Groups);

    /// <summary>A restore begins, with the backup's id and a number that follows from the log; or it is committed or given up.</summary>
    internal sealed record RestoreChanged(RestoreCommand Command, RestoreId Restore, string Backup)
        : MasterEntry(MasterEntryKind.RestoreChanged);

    internal abstract record OfShard(MasterEntryKind Kind, ShardId Shard) : MasterEntry(Kind);

    /// <summary>
    /// A shard without an owner is given to a group: the preferred one, else the one with the fewest shards at this place
    /// in the log. The group follows from the state, so that two requests in one batch are both decided correctly.
    /// </summary>
    internal sealed record Assigned(ShardId Shard, GroupId? Prefer) : OfShard(MasterEntryKind.Assigned, Shard);

    /// <summary>A copy reported who owns a shard. The highest epoch wins.</summary>
    internal sealed record OwnerReported(ShardId Shard, GroupId Owner, Epoch Epoch, bool Empty)
        : OfShard(MasterEntryKind.OwnerReported, Shard);

    /// <summary>A shard is wanted at a member and stays there; one without an owner is given to it.</summary>
    internal sealed record Pinned(ShardId Shard, GroupId Group) : OfShard(MasterEntryKind.Pinned, Shard);

    /// <summary>
    /// A shard is wanted at a member until balancing decides otherwise; one without an owner is given to it. Removes a
    /// pin to another group.
    /// </summary>
    internal sealed record Wanted(ShardId Shard, GroupId Group, MoveId UndoOf) : OfShard(MasterEntryKind.Wanted, Shard);

    /// <summary>
    /// What was wanted for a shard that is not there yet is not wanted any more: it stays at its owner, with the pin that it had there.
    /// Where a move was committed before, the shard is wanted at the source again.
    /// </summary>
    internal sealed record MoveCancelled(ShardId Shard, GroupId Group) : OfShard(MasterEntryKind.MoveCancelled, Shard);

    /// <summary>A move to the wanted group begins; its number follows from the log. A shard has at most one active move.</summary>
    internal sealed record MoveBegun(ShardId Shard, GroupId To) : OfShard(MasterEntryKind.MoveBegun, Shard);

    /// <summary>
    /// The source reports one of its seals: commit it with this receipt, or cancel it if there is none. The outcome
    /// follows from the state. The entry that commits is the decisive record of a move.
    /// </summary>
    internal sealed record SealDecided(ShardId Shard, MoveId Move, Epoch Granted, MoveReceipt? Receipt)
        : OfShard(MasterEntryKind.SealDecided, Shard);

    /// <summary>A move is given up; changes nothing after the commit. The shard stays wanted where it was.</summary>
    internal sealed record MoveAborted(ShardId Shard, MoveId Move, string Text) : OfShard(MasterEntryKind.MoveAborted, Shard);

    /// <summary>Both copies have finished a committed move; changes nothing before the commit.</summary>
    internal sealed record MoveEnded(ShardId Shard, MoveId Move, long? PauseUs) : OfShard(MasterEntryKind.MoveEnded, Shard);
}
