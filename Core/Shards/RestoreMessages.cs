namespace OrleansShards.Core.Shards;

// A backup reads a shard's checkpoint from the store; a restore sends one to an empty shard. Who coordinates either asks the copies with
// these, and repeats what gets no answer.

/// <summary>
/// Take a checkpoint that has everything acknowledged before this request. Answered by <see cref="ShardCheckpointed"/>, or by the refusal
/// of a read by a copy that does not serve.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.CheckpointShard"), Immutable, OmitDefaultMemberValues]
public sealed record CheckpointShard : Message
{
    /// <summary>
    /// The index that the checkpoint must have, where this was asked before and answered with it; none for everything up to now. A
    /// checkpoint that is under way is then not followed by another one.
    /// </summary>
    [Id(0)]
    public LogIndex AtLeast { get; init; }
}

/// <summary>
/// The copy serves at this epoch, and will publish a checkpoint of this index or a later one, unless its log is lost to another writer.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ShardCheckpointed"), Immutable, OmitDefaultMemberValues]
public sealed record ShardCheckpointed([property: Id(0)] LogIndex Index, [property: Id(1)] Epoch Epoch) : ShardReply
{
    /// <summary>Why the newest try failed, as the store reports it; null where it did not, or is under way.</summary>
    [Id(2)]
    public string? Obstacle { get; init; }
}

/// <summary>
/// Receive a piece of a backup: for null the checkpoint's manifest, with which the shard stops being served, else a chunk. Answered by <see
/// cref="RestoreProgress"/>; or by <see cref="ShardRefusal"/> where the shard is not empty, or the restore is over.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.RestoreShard"), Immutable, OmitDefaultMemberValues]
public sealed record RestoreShard(
    [property: Id(0)] RestoreId Restore, [property: Id(1)] int? Chunk, [property: Id(2)] byte[] Bytes) : Message;

/// <summary>
/// How many chunks are durable at the copy, whether they are the whole checkpoint with its digest, and what is wrong with them; null where
/// nothing is.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.RestoreProgress"), Immutable, OmitDefaultMemberValues]
public sealed record RestoreProgress(
    [property: Id(0)] int Chunks, [property: Id(1)] bool IsComplete, [property: Id(2)] string? Damage) : ShardReply;

/// <summary>
/// The restore is decided: ask the primary now, which the copy would do within seconds. Answered by <see cref="ShardDone"/> when the copy
/// serves again.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.EndRestore"), Immutable, OmitDefaultMemberValues]
public sealed record EndRestore([property: Id(0)] RestoreId Restore) : Message;
