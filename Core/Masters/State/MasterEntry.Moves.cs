using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

// The decisions about members and moves.
internal abstract partial record MasterEntry
{
    /// <summary>Groups become members, and the shards are balanced anew.</summary>
    internal sealed record Joined(ImmutableArray<GroupId> Groups) : MasterEntry
    {
        public bool Equals(Joined? other) => other is not null && Groups.SequenceEqual(other.Groups);

        public override int GetHashCode() => Groups.Length;
    }

    /// <summary>Groups are members no longer: their shards are wanted at the others.</summary>
    internal sealed record Left(ImmutableArray<GroupId> Groups) : MasterEntry
    {
        public bool Equals(Left? other) => other is not null && Groups.SequenceEqual(other.Groups);

        public override int GetHashCode() => Groups.Length;
    }

    /// <summary>A shard is wanted at a member and stays there; one that nobody has is given to it.</summary>
    internal sealed record Pinned(ShardId Shard, GroupId Group) : MasterEntry;

    /// <summary>
    /// A shard is wanted at a member, until balancing says otherwise; one that nobody has is given to it. Takes away a
    /// pin to elsewhere.
    /// </summary>
    internal sealed record Wanted(ShardId Shard, GroupId Group, MoveId UndoOf) : MasterEntry;

    /// <summary>A move begins, to where the shard is wanted; its number follows from the log.</summary>
    internal sealed record MoveBegun(ShardId Shard, GroupId To) : MasterEntry;

    /// <summary>
    /// The source's word about one of its seals: commit it with this receipt, or cancel it where there is none. What
    /// comes of it follows from the state.
    /// </summary>
    internal sealed record MoveSettled(ShardId Shard, MoveId Move, Epoch Granted, MoveReceipt? Receipt) : MasterEntry;

    /// <summary>A move that was not committed is given up. The shard stays wanted where it was.</summary>
    internal sealed record MoveAborted(ShardId Shard, MoveId Move, string Text) : MasterEntry;

    /// <summary>Both copies have done their part of a committed move.</summary>
    internal sealed record MoveEnded(ShardId Shard, MoveId Move, long? PauseUs) : MasterEntry;
}
