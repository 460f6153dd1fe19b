namespace OrleansShards.Core.Masters;

/// <summary>What is asked of the primary about restores.</summary>
[GenerateSerializer, Alias("OrleansShards.RestoreCommand")]
public enum RestoreCommand
{
    /// <summary>How the newest restore stands.</summary>
    Query = 1,

    /// <summary>Begin an attempt; it gets a number, and takes the place of one that has not ended.</summary>
    Begin = 2,

    /// <summary>Every shard is whole: serve the backup's content. Only the newest attempt can be committed.</summary>
    Commit = 3,

    /// <summary>Give the attempt up: serve the empty shards again.</summary>
    Abort = 4,
}

/// <summary>
/// A step of a restore of the whole cluster: one record of the masters' log decides whether all shards serve the backup's content or none
/// does. <c>Restore</c> is none for <see cref="RestoreCommand.Begin"/> and any for <see cref="RestoreCommand.Query"/>; <c>Backup</c> is the
/// backup's id, with <see cref="RestoreCommand.Begin"/>. Answered by <see cref="RestoreStatus"/>.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ChangeRestore"), Immutable, OmitDefaultMemberValues]
public sealed record ChangeRestore(
    [property: Id(0)] RestoreCommand Command, [property: Id(1)] RestoreId Restore, [property: Id(2)] string Backup) : Message;

/// <summary>The phase of the newest restore, as the masters' log has it. Persisted: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.RestorePhase")]
public enum RestorePhase
{
    /// <summary>Nobody has ever restored this cluster.</summary>
    None = 0,

    /// <summary>The shards receive their content, and are not served.</summary>
    Receiving = 1,

    /// <summary>The shards serve the backup's content. The cluster can never be restored again.</summary>
    Committed = 2,

    /// <summary>Given up: the shards are empty as before.</summary>
    Aborted = 3,
}

/// <summary>The newest restore: its number, phase, and the backup's id.</summary>
[GenerateSerializer, Alias("OrleansShards.RestoreStatus"), Immutable, OmitDefaultMemberValues]
public sealed record RestoreStatus(
    [property: Id(0)] RestoreId Restore, [property: Id(1)] RestorePhase Phase, [property: Id(2)] string Backup) : MasterReply
{
    /// <summary>No restore.</summary>
    public static RestoreStatus None { get; } = new(RestoreId.None, RestorePhase.None, "");
}
