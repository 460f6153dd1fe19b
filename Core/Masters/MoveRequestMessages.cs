using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

// One family: an operator's requests to the primary about groups and moves. All may be repeated: the answer is the same,
// and nothing is done twice.

/// <summary>
/// Groups become members, also such that the cluster does not have yet: the fewest moves that balance the shards begin. Answered by <see
/// cref="Rebalanced"/>, or by <see cref="MovePlan"/> where only the plan is requested.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.JoinGroups"), Immutable, OmitDefaultMemberValues]
public sealed record JoinGroups([property: Id(0)] ImmutableArray<GroupId> Groups, [property: Id(1)] bool PlanOnly) : Message;

/// <summary>
/// Groups stop being members: their shards move to the others, pinned ones too. At least one group has to stay. Answered by <see
/// cref="Rebalanced"/>, or by <see cref="MovePlan"/> where only the plan is requested.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.LeaveGroups"), Immutable, OmitDefaultMemberValues]
public sealed record LeaveGroups([property: Id(0)] ImmutableArray<GroupId> Groups, [property: Id(1)] bool PlanOnly) : Message;

/// <summary>
/// The cluster no longer has these groups. Answered by <see cref="GroupsForgotten"/>, also where it has none of them; or by <see
/// cref="MasterRefusal"/>: <see cref="MasterRefusalKind.WrongState"/> where one of them is a member, or has or gets a shard, and <see
/// cref="MasterRefusalKind.Unavailable"/> where its copies do not say whether they hold anything.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ForgetGroups"), Immutable, OmitDefaultMemberValues]
public sealed record ForgetGroups([property: Id(0)] ImmutableArray<GroupId> Groups) : Message;

/// <summary>The cluster has none of the groups. What their copies' logs contain stays in the store.</summary>
[GenerateSerializer, Alias("OrleansShards.GroupsForgotten"), Immutable, OmitDefaultMemberValues]
public sealed record GroupsForgotten : MasterReply;

/// <summary>
/// Pins a shard to a member: it moves there, and balancing leaves it there. Answered by <see cref="Rebalanced"/>, or by <see
/// cref="MovePlan"/> where only the plan is requested.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.PinShard"), Immutable, OmitDefaultMemberValues]
public sealed record PinShard([property: Id(0)] ShardId Shard, [property: Id(1)] GroupId Group, [property: Id(2)] bool PlanOnly) : Message;

/// <summary>The decision is durable; its moves continue by themselves. Has the map epoch that it made, the same for a repetition.</summary>
[GenerateSerializer, Alias("OrleansShards.Rebalanced"), Immutable, OmitDefaultMemberValues]
public sealed record Rebalanced([property: Id(0)] Epoch Epoch) : MasterReply;

/// <summary>What would be moved: one move for each shard that would move, by number.</summary>
[GenerateSerializer, Alias("OrleansShards.MovePlan"), Immutable, OmitDefaultMemberValues]
public sealed record MovePlan([property: Id(0)] ImmutableArray<PlannedMove> Moves) : MasterReply;

/// <summary>
/// A shard's move from its owner to another group that would be made: with the bytes of its keys and values (null where the
/// source did not answer in time), and the expected pause in microseconds (the newest moves' median; null before the first).
/// </summary>
[GenerateSerializer, Alias("OrleansShards.PlannedMove"), Immutable, OmitDefaultMemberValues]
public sealed record PlannedMove(
    [property: Id(0)] ShardId Shard, [property: Id(1)] GroupId Source, [property: Id(2)] GroupId Target,
    [property: Id(3)] long? Bytes, [property: Id(4)] long? PauseUs);

/// <summary>
/// Moves one shard to a member. Answered at once by <see cref="MoveStatus"/>, of the move that is under way or, where the shard
/// is there, of the last one: the caller repeats the request until it is done. If the shard is being moved to another group, and
/// that move is not committed, it turns round. Does not pin.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.MigrateShard"), Immutable, OmitDefaultMemberValues]
public sealed record MigrateShard([property: Id(0)] ShardId Shard, [property: Id(1)] GroupId Target) : Message
{
    /// <summary>
    /// Whether this cancels a move whose source is <see cref="Target"/>: then the shard also gets the pin back that it had there. An
    /// earlier release leaves it without.
    /// </summary>
    [Id(2)]
    public bool Cancels { get; init; }
}

/// <summary>
/// Moves a shard back to the source of its last move, within the window after the commit. Answered by <see cref="MoveStatus"/>, or by
/// <see cref="MasterRefusal"/> (<see cref="MasterRefusalKind.WrongState"/>) where there is nothing to undo or the window is over.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.UndoMove"), Immutable, OmitDefaultMemberValues]
public sealed record UndoMove([property: Id(0)] ShardId Shard) : Message;

/// <summary>Asks for the status of a shard's newest move. Answered by <see cref="MoveStatus"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryMove"), Immutable, OmitDefaultMemberValues]
public sealed record QueryMove([property: Id(0)] ShardId Shard) : Message;

/// <summary>The phase of a move, as the protocol names it.</summary>
[GenerateSerializer, Alias("OrleansShards.MovePhase")]
public enum MovePhase
{
    /// <summary>The shard was never moved.</summary>
    None = 1,

    /// <summary>The target receives, the source serves; or the move waits for its turn.</summary>
    Copying = 2,

    /// <summary>The source holds writes, and the decision is near.</summary>
    Frozen = 3,

    /// <summary>Decided: the target owns the shard.</summary>
    Committed = 4,

    /// <summary>Given up, or replaced by a move to another group.</summary>
    Aborted = 5,
}

/// <summary>The status of a shard's newest move.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Phase">The move's phase.</param>
/// <param name="IsDone">Whether nothing follows: the target serves, or the move is aborted and is not tried again.</param>
/// <param name="Source">The owner before the move; null where the shard was never moved and has no owner.</param>
/// <param name="Target">The group that gets it; null where it was never moved.</param>
/// <param name="Epoch">The shard's epoch.</param>
/// <param name="Keys">The receipt's count; 0 before the commit.</param>
/// <param name="Bytes">The receipt's bytes of keys and values; 0 before the commit.</param>
/// <param name="BytesDone">Bytes copied.</param>
/// <param name="BytesTotal">Bytes to be copied, as far as known.</param>
/// <param name="PauseUs">The longest time without a served write, in microseconds; null where it was not measured.</param>
/// <param name="Text">What it waits for or why it was aborted, as text for an operator; null if neither.</param>
[GenerateSerializer, Alias("OrleansShards.MoveStatus"), Immutable, OmitDefaultMemberValues]
public sealed record MoveStatus(
    [property: Id(0)] ShardId Shard, [property: Id(1)] MovePhase Phase, [property: Id(2)] bool IsDone,
    [property: Id(3)] GroupId? Source, [property: Id(4)] GroupId? Target, [property: Id(5)] Epoch Epoch,
    [property: Id(6)] long Keys, [property: Id(7)] long Bytes, [property: Id(8)] long BytesDone,
    [property: Id(9)] long BytesTotal, [property: Id(10)] long? PauseUs, [property: Id(11)] string? Text) : MasterReply
{
    /// <summary>The move's number; none where it has not begun, or from an earlier release.</summary>
    [Id(12)]
    public MoveId Move { get; init; }

    /// <summary>How fast it has been copied since this primary began to drive it; null where that is not known.</summary>
    [Id(13)]
    public long? BytesPerSecond { get; init; }

    /// <summary>What can be done about it now, in the answer to <see cref="QueryMove"/>; null from an earlier release.</summary>
    [Id(14)]
    public MoveChoices? Choices { get; init; }
}

/// <summary>
/// How an undo of a shard's newest committed move, and a cancellation of the one that is due or under way, would be answered now.
/// <c>UndoTo</c> is the group that an undo would bring the shard back to; null where <c>UndoRefusal</c> says why not, or where it is undone
/// already. <c>CancelRefusal</c> is null where there is nothing to cancel, too; <c>RestoresPin</c>: a cancelled move gives back a pin.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.MoveChoices"), Immutable, OmitDefaultMemberValues]
public sealed record MoveChoices(
    [property: Id(0)] GroupId? UndoTo, [property: Id(1)] string? UndoRefusal, [property: Id(2)] string? CancelRefusal,
    [property: Id(3)] bool RestoresPin);

/// <summary>The newest committed and the newest aborted move of each shard that has ended, in the order of their numbers.</summary>
[GenerateSerializer, Alias("OrleansShards.EndedMoves"), Immutable, OmitDefaultMemberValues]
public sealed record EndedMoves([property: Id(0)] ImmutableArray<EndedMove> Moves);

/// <summary>
/// A move that has ended: committed with a receipt, or aborted for the reason in the text. <c>UndoOf</c> is the move that it has undone,
/// or none; <c>DecidedAt</c>, when it was committed or given up, is by the primary's wall clock, null where that is not known.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.EndedMove"), Immutable, OmitDefaultMemberValues]
public sealed record EndedMove(
    [property: Id(0)] MoveId Move, [property: Id(1)] ShardId Shard, [property: Id(2)] GroupId Source, [property: Id(3)] GroupId Target,
    [property: Id(4)] MoveId UndoOf, [property: Id(5)] MoveReceipt? Receipt, [property: Id(6)] DateTimeOffset? DecidedAt,
    [property: Id(7)] long? PauseUs, [property: Id(8)] string? Text);
