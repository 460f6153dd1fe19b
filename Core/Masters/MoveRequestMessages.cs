using System.Collections.Immutable;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Masters;

// One family: what an operator asks of the primary about groups and moves. All may be repeated: the answer is the same,
// and nothing is done twice.

/// <summary>
/// Groups become members: the fewest moves that balance the shards begin. Answered by <see cref="Rebalanced"/>, or by
/// <see cref="MovePlan"/> where only the plan is asked for.
/// </summary>
/// <param name="Groups">Groups that the cluster was founded with.</param>
/// <param name="PlanOnly">Whether to say what would be moved, and do nothing.</param>
public sealed record JoinGroups(ImmutableArray<GroupId> Groups, bool PlanOnly) : Message;

/// <summary>
/// Groups are members no longer: their shards move to the others, pinned ones too. One group at least has to stay.
/// Answered by <see cref="Rebalanced"/>, or by <see cref="MovePlan"/>.
/// </summary>
/// <param name="Groups">Groups that the cluster was founded with.</param>
/// <param name="PlanOnly">Whether to say what would be moved, and do nothing.</param>
public sealed record LeaveGroups(ImmutableArray<GroupId> Groups, bool PlanOnly) : Message;

/// <summary>
/// Pins a shard to a member: it moves there, and balancing leaves it there. Answered by <see cref="Rebalanced"/>, or by
/// <see cref="MovePlan"/>.
/// </summary>
/// <param name="Shard">The shard.</param>
/// <param name="Group">The group.</param>
/// <param name="PlanOnly">Whether to say what would be moved, and do nothing.</param>
public sealed record PinShard(ShardId Shard, GroupId Group, bool PlanOnly) : Message;

/// <summary>Decided, durably; the moves go on by themselves.</summary>
/// <param name="Epoch">The epoch of the shard map that the decision made; for a repetition the one that it made then.</param>
public sealed record Rebalanced(Epoch Epoch) : Message;

/// <summary>What would be moved.</summary>
/// <param name="Moves">One each shard that would move, by number.</param>
public sealed record MovePlan(ImmutableArray<PlannedMove> Moves) : Message;

/// <summary>A move that would be made.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Source">Who has it.</param>
/// <param name="Target">Who would get it.</param>
/// <param name="Bytes">The keys' and values' bytes; null where the source has not said in time.</param>
/// <param name="PauseUs">
/// The pause that is to be expected, in microseconds: the median of the newest moves' pauses; null before the first.
/// </param>
public sealed record PlannedMove(ShardId Shard, GroupId Source, GroupId Target, long? Bytes, long? PauseUs);

/// <summary>
/// Moves one shard. Answered by <see cref="MoveStatus"/> at once, of the move that is under way, or (where the shard is
/// there) of the last one: asked again and again until it is done. A shard that is being moved elsewhere is turned round
/// where that move is not committed yet. Does not pin.
/// </summary>
/// <param name="Shard">The shard.</param>
/// <param name="Target">The group, a member.</param>
public sealed record MigrateShard(ShardId Shard, GroupId Target) : Message;

/// <summary>
/// Moves a shard back to where its last move took it from, within the window after the commit. Answered by
/// <see cref="MoveStatus"/>; by <see cref="MasterRefusal"/> (<see cref="MasterRefusalKind.WrongState"/>) where there is
/// nothing to undo, or the window is over.
/// </summary>
/// <param name="Shard">The shard.</param>
public sealed record UndoMove(ShardId Shard) : Message;

/// <summary>How the newest move of a shard stands. Answered by <see cref="MoveStatus"/>.</summary>
/// <param name="Shard">The shard.</param>
public sealed record QueryMove(ShardId Shard) : Message;

/// <summary>Where a move stands, as the protocol calls it.</summary>
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
public sealed record MoveStatus(
    ShardId Shard,
    MovePhase Phase,
    bool IsDone,
    GroupId? Source,
    GroupId? Target,
    Epoch Epoch,
    long Keys,
    long Bytes,
    long BytesDone,
    long BytesTotal,
    long? PauseUs,
    string? Text) : Message;
