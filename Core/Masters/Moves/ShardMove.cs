using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>One move of one shard, as the masters' log has it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Shard">The shard.</param>
/// <param name="Source">The owner when the move began.</param>
/// <param name="Target">The group that is to own it.</param>
/// <param name="UndoOf">The earlier move that this one undoes; none where it does not.</param>
public sealed record ShardMove(MoveId Id, ShardId Shard, GroupId Source, GroupId Target, MoveId UndoOf)
{
    /// <summary>Seals up to this epoch are cancelled; a commit of one of them is refused.</summary>
    public Epoch CancelledUpTo { get; init; }

    /// <summary>The epoch at which the target serves; none before the commit.</summary>
    public Epoch Granted { get; init; }

    /// <summary>What was handed over; null before the commit.</summary>
    public MoveReceipt? Receipt { get; init; }

    /// <summary>The pause in microseconds; null where it was not measured, or the move has not ended.</summary>
    public long? PauseUs { get; init; }

    /// <summary>Why it was aborted; null where it was not.</summary>
    public string? Text { get; init; }

    /// <summary>Whether the target owns the shard by the log.</summary>
    public bool IsCommitted => Granted > Epoch.None;
}

/// <summary>Where a shard is wanted that is not there yet.</summary>
/// <param name="Group">The group that is to own it, a member when it was decided.</param>
/// <param name="UndoOf">The committed move that this undoes; none for every other reason.</param>
public readonly record struct WantedPlace(GroupId Group, MoveId UndoOf);

/// <summary>A shard stays at a group, whatever balancing would do.</summary>
/// <param name="Group">The group, a member.</param>
/// <param name="At">The epoch of the shard map that the pin made.</param>
public readonly record struct ShardPin(GroupId Group, Epoch At);

/// <summary>What the planner knows of a shard.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Owner">The group that owns it.</param>
/// <param name="Place">Where it is wanted: the owner, unless a move is due or under way.</param>
/// <param name="IsPinned">Whether it has to stay at <paramref name="Place"/>, which is then a member.</param>
internal readonly record struct ShardPlace(int Shard, GroupId Owner, GroupId Place, bool IsPinned);
