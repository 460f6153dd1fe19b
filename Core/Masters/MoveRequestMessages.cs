namespace OrleansShards.Core.Masters;

// One family: what an operator asks of the primary about groups and moves. All may be repeated: the answer is the same,
// and nothing is done twice.

/// <summary>
/// Groups become members: the fewest moves that balance the shards begin. Answered by <see cref="Rebalanced"/>, or by
/// <see cref="MovePlan"/> where only the plan is asked for.
/// </summary>
/// <param name="Groups">Groups that the cluster was founded with.</param>
/// <param name="PlanOnly">Whether to say what would be moved, and do nothing.</param>
[GenerateSerializer, Alias("OrleansShards.JoinGroups"), Immutable, OmitDefaultMemberValues]
public sealed record JoinGroups(
    [property: Id(0)] ImmutableArray<GroupId> Groups, [property: Id(1)] bool PlanOnly) : Message;

/// <summary>
/// Groups are members no longer: their shards move to the others, pinned ones too. One group at least has to stay.
/// Answered by <see cref="Rebalanced"/>, or by <see cref="MovePlan"/>.
/// </summary>
/// <param name="Groups">Groups that the cluster was founded with.</param>
/// <param name="PlanOnly">Whether to say what would be moved, and do nothing.</param>
[GenerateSerializer, Alias("OrleansShards.LeaveGroups"), Immutable, OmitDefaultMemberValues]
public sealed record LeaveGroups(
    [property: Id(0)] ImmutableArray<GroupId> Groups, [property: Id(1)] bool PlanOnly) : Message;

/// <summary>
/// Pins a shard to a member: it moves there, and balancing leaves it there. Answered by <see cref="Rebalanced"/>, or by
/// <see cref="MovePlan"/>.
/// </summary>
/// <param name="Shard">The shard.</param>
/// <param name="Group">The group.</param>
/// <param name="PlanOnly">Whether to say what would be moved, and do nothing.</param>
[GenerateSerializer, Alias("OrleansShards.PinShard"), Immutable, OmitDefaultMemberValues]
public sealed record PinShard(
    [property: Id(0)] ShardId Shard, [property: Id(1)] GroupId Group, [property: Id(2)] bool PlanOnly) : Message;

/// <summary>Decided, durably; the moves go on by themselves.</summary>
/// <param name="Epoch">The epoch of the shard map that the decision made; for a repetition the one that it made then.</param>
[GenerateSerializer, Alias("OrleansShards.Rebalanced"), Immutable, OmitDefaultMemberValues]
public sealed record Rebalanced([property: Id(0)] Epoch Epoch) : MasterReply;

/// <summary>What would be moved.</summary>
/// <param name="Moves">One each shard that would move, by number.</param>
[GenerateSerializer, Alias("OrleansShards.MovePlan"), Immutable, OmitDefaultMemberValues]
public sealed record MovePlan([property: Id(0)] ImmutableArray<PlannedMove> Moves) : MasterReply;

/// <summary>A move that would be made.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Source">Who has it.</param>
/// <param name="Target">Who would get it.</param>
/// <param name="Bytes">The keys' and values' bytes; null where the source has not said in time.</param>
/// <param name="PauseUs">
/// The pause that is to be expected, in microseconds: the median of the newest moves' pauses; null before the first.
/// </param>
[GenerateSerializer, Alias("OrleansShards.PlannedMove"), Immutable, OmitDefaultMemberValues]
public sealed record PlannedMove(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] GroupId Source,
    [property: Id(2)] GroupId Target,
    [property: Id(3)] long? Bytes,
    [property: Id(4)] long? PauseUs);

/// <summary>
/// Moves one shard. Answered by <see cref="MoveStatus"/> at once, of the move that is under way, or (where the shard is
/// there) of the last one: asked again and again until it is done. A shard that is being moved elsewhere is turned round
/// where that move is not committed yet. Does not pin.
/// </summary>
/// <param name="Shard">The shard.</param>
/// <param name="Target">The group, a member.</param>
[GenerateSerializer, Alias("OrleansShards.MigrateShard"), Immutable, OmitDefaultMemberValues]
public sealed record MigrateShard([property: Id(0)] ShardId Shard, [property: Id(1)] GroupId Target) : Message;

/// <summary>
/// Moves a shard back to where its last move took it from, within the window after the commit. Answered by
/// <see cref="MoveStatus"/>; by <see cref="MasterRefusal"/> (<see cref="MasterRefusalKind.WrongState"/>) where there is
/// nothing to undo, or the window is over.
/// </summary>
/// <param name="Shard">The shard.</param>
[GenerateSerializer, Alias("OrleansShards.UndoMove"), Immutable, OmitDefaultMemberValues]
public sealed record UndoMove([property: Id(0)] ShardId Shard) : Message;

/// <summary>How the newest move of a shard stands. Answered by <see cref="MoveStatus"/>.</summary>
/// <param name="Shard">The shard.</param>
[GenerateSerializer, Alias("OrleansShards.QueryMove"), Immutable, OmitDefaultMemberValues]
public sealed record QueryMove([property: Id(0)] ShardId Shard) : Message;

/// <summary>Where a move stands, as the protocol calls it.</summary>
[GenerateSerializer, Alias("OrleansShards.MovePhase")]
public enum MovePhase
{
    /// <summary>The shard was never moved.</summary>
    None = 1,

    /// <summary>The target receives, the source serves; or the move waits for its turn.</summary>
    Copying = 2,

    /// <summary>The source holds writes, and the decision is near.</summary>
    Frozen = 3,

    /// <summary>Decided: the target has the shard.</summary>
    Committed = 4,

    /// <summary>Came to nothing.</summary>
    Aborted = 5,
}

/// <summary>How the newest move of a shard stands.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="IsDone">
/// Whether nothing is to come any more: the target serves, or the move is aborted and is not tried again.
/// </param>
/// <param name="Source">Who had the shard; null where it was never moved and nobody has it.</param>
/// <param name="Target">Who gets it; null where it was never moved.</param>
/// <param name="Epoch">The shard's epoch.</param>
/// <param name="Keys">The receipt's count; 0 before the commit.</param>
/// <param name="Bytes">The receipt's bytes of keys and values; 0 before the commit.</param>
/// <param name="BytesDone">Bytes copied.</param>
/// <param name="BytesTotal">Bytes to be copied, as far as known.</param>
/// <param name="PauseUs">How long no write was served at most; null where it was not measured.</param>
/// <param name="Text">What it waits for or why it came to nothing, for people; null where there is nothing to say.</param>
[GenerateSerializer, Alias("OrleansShards.MoveStatus"), Immutable, OmitDefaultMemberValues]
public sealed record MoveStatus(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] MovePhase Phase,
    [property: Id(2)] bool IsDone,
    [property: Id(3)] GroupId? Source,
    [property: Id(4)] GroupId? Target,
    [property: Id(5)] Epoch Epoch,
    [property: Id(6)] long Keys,
    [property: Id(7)] long Bytes,
    [property: Id(8)] long BytesDone,
    [property: Id(9)] long BytesTotal,
    [property: Id(10)] long? PauseUs,
    [property: Id(11)] string? Text) : MasterReply;
