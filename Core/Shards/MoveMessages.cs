using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

// One family: what the primary says to the two copies of a move, and what they say to each other and to it. The order of
// a move without a fault: Copy (primary to target), SealForMove (target to source), MoveReady (target to source),
// SettleMove (source to primary: the decision), Commit (primary to both).

/// <summary>What the primary wants of a copy that takes part in a move.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveCommand")]
public enum MoveCommand
{
    /// <summary>Of the target: receive the shard, and bring it to the decision.</summary>
    Copy = 1,

    /// <summary>The move is committed. Of the target: serve. Of the source: release and delete.</summary>
    Commit = 2,

    /// <summary>The move is aborted. Of the target: discard what came. Of the source: serve on.</summary>
    Abort = 3,
}

/// <summary>
/// The primary drives a move on: repeated until the copy has done what is ordered. Answered by <see cref="MoveProgress"/>;
/// by <see cref="ShardRefusal"/> where the order is an earlier primary's, or the move one that is over here.
/// </summary>
/// <param name="Term">The primary's term; the copy refuses a lower one than it has heard of.</param>
/// <param name="Move">The move.</param>
/// <param name="Source">The group that has the shard.</param>
/// <param name="Target">The group that is to have it.</param>
/// <param name="Command">What is wanted.</param>
/// <param name="Granted">With <see cref="MoveCommand.Commit"/>: the epoch at which the target serves; else none.</param>
[GenerateSerializer, Alias("OrleansShards.DriveMove"), Immutable, OmitDefaultMemberValues]
public sealed record DriveMove(
    [property: Id(0)] Term Term,
    [property: Id(1)] MoveId Move,
    [property: Id(2)] GroupId Source,
    [property: Id(3)] GroupId Target,
    [property: Id(4)] MoveCommand Command,
    [property: Id(5)] Epoch Granted) : Message;

/// <summary>How far a copy is with a move.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveStep")]
public enum MoveStep
{
    /// <summary>The target receives; the source serves.</summary>
    Copying = 1,

    /// <summary>The target has all, or waits for the source's last records: the source holds writes.</summary>
    Frozen = 2,

    /// <summary>The target serves at the granted epoch: its part is done.</summary>
    Serving = 3,

    /// <summary>The source has released the shard and holds no copy of it: its part is done.</summary>
    Released = 4,

    /// <summary>The move is over here without effect: the target holds nothing of it, the source serves.</summary>
    Discarded = 5,

    /// <summary>It cannot be done: the source has given the shard to somebody else, say. The text says why.</summary>
    Failed = 6,
}

/// <summary>The answer to <see cref="DriveMove"/>.</summary>
/// <param name="Move">The move.</param>
/// <param name="Step">How far the copy is.</param>
/// <param name="BytesDone">Bytes of the source's log and checkpoint that are durable at the target.</param>
/// <param name="BytesTotal">How many there are, as far as known; grows while the source serves. Never less than
/// <paramref name="BytesDone"/>.</param>
/// <param name="PauseUs">
/// From the target's request to seal to its first moment of serving, in microseconds: no write was served for at most so
/// long. Set with <see cref="MoveStep.Serving"/>, where this run of the target has measured it; else 0.
/// </param>
/// <param name="Obstacle">What it waits for, for people; null while it gets on.</param>
[GenerateSerializer, Alias("OrleansShards.MoveProgress"), Immutable, OmitDefaultMemberValues]
public sealed record MoveProgress(
    [property: Id(0)] MoveId Move,
    [property: Id(1)] MoveStep Step,
    [property: Id(2)] long BytesDone,
    [property: Id(3)] long BytesTotal,
    [property: Id(4)] long PauseUs,
    [property: Id(5)] string? Obstacle) : ShardReply;

/// <summary>What a copy holds, so that two can be compared: equal receipts mean equal content.</summary>
/// <param name="Keys">How many keys.</param>
/// <param name="Sessions">How many sessions, of clients and of routers.</param>
/// <param name="Bytes">The keys' and values' bytes.</param>
/// <param name="Digest">The digest over data and sessions, as they came about.</param>
[GenerateSerializer, Alias("OrleansShards.MoveReceipt"), Immutable, OmitDefaultMemberValues]
public sealed record MoveReceipt(
    [property: Id(0)] long Keys,
    [property: Id(1)] long Sessions,
    [property: Id(2)] long Bytes,
    [property: Id(3)] ulong Digest);

/// <summary>
/// The target has all but the newest records: seal the shard. Repeated until answered by <see cref="MoveSealed"/>, or by
/// <see cref="ShardRefusal"/>.
/// </summary>
/// <param name="Term">The term of the primary that has ordered the move.</param>
/// <param name="Move">The move.</param>
/// <param name="Target">The group that asks.</param>
[GenerateSerializer, Alias("OrleansShards.SealForMove"), Immutable, OmitDefaultMemberValues]
public sealed record SealForMove(
    [property: Id(0)] Term Term, [property: Id(1)] MoveId Move, [property: Id(2)] GroupId Target) : Message;

/// <summary>The shard is sealed, durably: its content does not change any more before the move is decided.</summary>
/// <param name="Move">The move.</param>
/// <param name="Granted">The epoch at which the target may serve if this seal is committed.</param>
/// <param name="Receipt">What is sealed.</param>
[GenerateSerializer, Alias("OrleansShards.MoveSealed"), Immutable, OmitDefaultMemberValues]
public sealed record MoveSealed(
    [property: Id(0)] MoveId Move, [property: Id(1)] Epoch Granted, [property: Id(2)] MoveReceipt Receipt) : ShardReply;

/// <summary>
/// The target's receipt is durable: have the move decided. Answered by <see cref="MoveReadyReply"/>, or by
/// <see cref="ShardRefusal"/> where the receipt is not that of the source's present seal.
/// </summary>
/// <param name="Move">The move.</param>
/// <param name="Granted">The seal that the receipt is of.</param>
/// <param name="Receipt">What the target has, in its log.</param>
[GenerateSerializer, Alias("OrleansShards.MoveReady"), Immutable, OmitDefaultMemberValues]
public sealed record MoveReady(
    [property: Id(0)] MoveId Move, [property: Id(1)] Epoch Granted, [property: Id(2)] MoveReceipt Receipt) : Message;

/// <summary>What came of a seal.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveDecision")]
public enum MoveDecision
{
    /// <summary>The target has the shard from now on: one record of the master's log says so.</summary>
    Committed = 1,

    /// <summary>This seal came to nothing, and never will; the move goes on and the source may be sealed anew.</summary>
    Cancelled = 2,

    /// <summary>The move is over, and has come to nothing.</summary>
    Aborted = 3,
}

/// <summary>The answer to <see cref="SettleMove"/> and <see cref="QueryMoveDecision"/>; the same whenever it is asked again.</summary>
/// <param name="Move">The move.</param>
/// <param name="Granted">The seal.</param>
/// <param name="Decision">What came of it.</param>
[GenerateSerializer, Alias("OrleansShards.MoveDecided"), Immutable, OmitDefaultMemberValues]
public sealed record MoveDecided(
    [property: Id(0)] MoveId Move,
    [property: Id(1)] Epoch Granted,
    [property: Id(2)] MoveDecision Decision) : MasterReply;

/// <summary>The answer to <see cref="MoveReady"/>: the source passes on what it has heard.</summary>
/// <param name="Decided">What came of the seal.</param>
[GenerateSerializer, Alias("OrleansShards.MoveReadyReply"), Immutable, OmitDefaultMemberValues]
public sealed record MoveReadyReply([property: Id(0)] MoveDecided Decided) : ShardReply;

/// <summary>
/// The source asks the primary to decide about a seal: to commit it, or to cancel it, so that the source may serve again.
/// Whichever is in the master's log first counts. Answered by <see cref="MoveDecided"/>.
/// </summary>
/// <param name="Shard">The shard.</param>
/// <param name="Move">The move.</param>
/// <param name="Granted">The seal.</param>
/// <param name="Receipt">The target's receipt, to commit; null to cancel.</param>
[GenerateSerializer, Alias("OrleansShards.SettleMove"), Immutable, OmitDefaultMemberValues]
public sealed record SettleMove(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] MoveId Move,
    [property: Id(2)] Epoch Granted,
    [property: Id(3)] MoveReceipt? Receipt) : Message;

/// <summary>
/// The target asks the primary what has become of a move of which it has heard nothing for long. Answered by
/// <see cref="MoveDecided"/> where it is decided, by <see cref="MoveOpen"/> where it is not.
/// </summary>
/// <param name="Shard">The shard.</param>
/// <param name="Move">The move.</param>
[GenerateSerializer, Alias("OrleansShards.QueryMoveDecision"), Immutable, OmitDefaultMemberValues]
public sealed record QueryMoveDecision([property: Id(0)] ShardId Shard, [property: Id(1)] MoveId Move) : Message;

/// <summary>The move goes on: nothing is decided about it.</summary>
/// <param name="Move">The move.</param>
[GenerateSerializer, Alias("OrleansShards.MoveOpen"), Immutable, OmitDefaultMemberValues]
public sealed record MoveOpen([property: Id(0)] MoveId Move) : MasterReply;

/// <summary>How much a copy holds. Answered by <see cref="ShardSize"/>; nothing is checked, it is an estimate.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryShardSize"), Immutable, OmitDefaultMemberValues]
public sealed record QueryShardSize : Message;

/// <summary>How much a copy holds at this moment.</summary>
/// <param name="Keys">How many keys.</param>
/// <param name="Bytes">The keys' and values' bytes.</param>
[GenerateSerializer, Alias("OrleansShards.ShardSize"), Immutable, OmitDefaultMemberValues]
public sealed record ShardSize([property: Id(0)] long Keys, [property: Id(1)] long Bytes) : ShardReply;
