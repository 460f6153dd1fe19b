using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// One move of one shard, as the masters' log has it: from its owner when the move began to its target. May undo an earlier move.
/// </summary>
public sealed record ShardMove(MoveId Id, ShardId Shard, GroupId Source, GroupId Target, MoveId UndoOf)
{
    /// <summary>Seals up to this epoch are cancelled; a commit of one of them is refused.</summary>
    public Epoch CancelledUpTo { get; init; }

    /// <summary>The epoch at which the target serves; none before the commit.</summary>
    public Epoch Granted { get; init; }

    /// <summary>
    /// When it was decided, committed or given up, by the primary's wall clock; null before that, or where it is not known.
    /// </summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>What was handed over; null before the commit.</summary>
    public MoveReceipt? Receipt { get; init; }

    /// <summary>The pause in microseconds; null where it was not measured, or the move has not ended.</summary>
    public long? PauseUs { get; init; }

    /// <summary>Why it was aborted; null where it was not.</summary>
    public string? Text { get; init; }

    /// <summary>Whether the target owns the shard by the log.</summary>
    public bool IsCommitted => Granted > Epoch.None;
}

/// <summary>The group that is to own a shard, a member when that was decided, and the committed move that this undoes, or none.</summary>
public readonly record struct WantedPlace(GroupId Group, MoveId UndoOf);

/// <summary>A shard stays at a group, a member, since an epoch of the shard map: balancing does not move it.</summary>
public readonly record struct ShardPin(GroupId Group, Epoch At);

/// <summary>
/// What the planner knows of a shard. Its place is where it is wanted: its owner, unless a move is due or under way. A pinned
/// shard stays at its place, which is then a member.
/// </summary>
internal readonly record struct ShardPlace(int Shard, GroupId Owner, GroupId Place, bool IsPinned);
