using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>One move of one shard, as the masters' log has it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Shard">The shard.</param>
/// <param name="Source">Who had it when the move began.</param>
/// <param name="Target">Who is to get it.</param>
/// <param name="UndoOf">The earlier move that this one undoes; none where it does not.</param>
public sealed record ShardMove(MoveId Id, ShardId Shard, GroupId Source, GroupId Target, MoveId UndoOf)
{
    /// <summary>Seals up to this epoch have come to nothing; a commit of one of them is refused.</summary>
    public Epoch CancelledUpTo { get; init; }

    /// <summary>The epoch at which the target serves; none before the commit.</summary>
    public Epoch Granted { get; init; }

    /// <summary>What was handed over; null before the commit.</summary>
    public MoveReceipt? Receipt { get; init; }

    /// <summary>The pause in microseconds; null where it was not measured, or the move has not ended.</summary>
    public long? PauseUs { get; init; }

    /// <summary>Why it was aborted; null where it was not.</summary>
    public string? Text { get; init; }

    /// <summary>Whether the target has the shard by the log.</summary>
    public bool IsCommitted => Granted > Epoch.None;
}
