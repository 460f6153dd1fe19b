using System.Globalization;
using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

// The messages between the primary and the two copies of a move. Their order without a fault: Copy (primary to target),
// SealForMove (target to source), MoveReady (target to source), DecideMove (source to primary: the decision), Commit (primary
// to both).

/// <summary>The primary's commands to the copies of a move.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveCommand")]
public enum MoveCommand
{
    /// <summary>Target: receive the shard until the move is decided.</summary>
    Copy = 1,

    /// <summary>The move is committed. Target: serve. Source: release and delete.</summary>
    Commit = 2,

    /// <summary>The move is aborted. Target: discard what was received. Source: continue to serve.</summary>
    Abort = 3,
}

/// <summary>
/// The primary drives a move: it repeats the order until the copy has carried it out. A copy refuses a lower term than it knows.
/// <c>Granted</c> is the epoch at which the target serves, with <see cref="MoveCommand.Commit"/>; else none. Answered by
/// <see cref="MoveProgress"/>, or by <see cref="ShardRefusal"/> where the order is an earlier primary's, or the move is over here.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.DriveMove"), Immutable, OmitDefaultMemberValues]
public sealed record DriveMove(
    [property: Id(0)] Term Term, [property: Id(1)] MoveId Move, [property: Id(2)] GroupId Source,
    [property: Id(3)] GroupId Target, [property: Id(4)] MoveCommand Command, [property: Id(5)] Epoch Granted) : Message;

/// <summary>A copy's progress with a move.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveStep")]
public enum MoveStep
{
    /// <summary>The target receives; the source serves.</summary>
    Copying = 1,

    /// <summary>The target has everything, or waits for the source's last records: the source holds writes.</summary>
    Frozen = 2,

    /// <summary>The target serves at the granted epoch: its part is done.</summary>
    Serving = 3,

    /// <summary>The source has released the shard and holds no copy of it: its part is done.</summary>
    Released = 4,

    /// <summary>The move is over here without effect: the target holds nothing of it, or the source serves.</summary>
    Discarded = 5,

    /// <summary>The move is impossible, for example because the source has given the shard away. The text says why.</summary>
    Failed = 6,
}

/// <summary>The answer to <see cref="DriveMove"/>.</summary>
/// <param name="Move">The move.</param>
/// <param name="Step">The copy's progress.</param>
/// <param name="BytesDone">Bytes of the source's log and checkpoint that are durable at the target.</param>
/// <param name="BytesTotal">All bytes, as far as known; grows while the source serves. At least <paramref name="BytesDone"/>.</param>
/// <param name="PauseUs">
/// The time from the target's request to seal until it serves, in microseconds: at most so long no write was served. Set with
/// <see cref="MoveStep.Serving"/> if this run of the target has measured it; else 0.
/// </param>
/// <param name="Obstacle">Why the move makes no progress, for the operator; null while it does.</param>
[GenerateSerializer, Alias("OrleansShards.MoveProgress"), Immutable, OmitDefaultMemberValues]
public sealed record MoveProgress(
    [property: Id(0)] MoveId Move, [property: Id(1)] MoveStep Step, [property: Id(2)] long BytesDone,
    [property: Id(3)] long BytesTotal, [property: Id(4)] long PauseUs, [property: Id(5)] string? Obstacle) : ShardReply;

/// <summary>
/// A summary of a copy's content, which has sessions of clients and of routers, and bytes of keys and values. Equal receipts mean
/// equal content: the digest is over data and sessions, including their order.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.MoveReceipt"), Immutable, OmitDefaultMemberValues]
public sealed record MoveReceipt(
    [property: Id(0)] long Keys, [property: Id(1)] long Sessions, [property: Id(2)] long Bytes, [property: Id(3)] ulong Digest)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Keys} keys and {Sessions} sessions of {Bytes} bytes, digest {Digest:x16}");
}

/// <summary>The target is near the log's end: seal the shard. Answered by <see cref="MoveSealed"/> or <see cref="ShardRefusal"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.SealForMove"), Immutable, OmitDefaultMemberValues]
public sealed record SealForMove([property: Id(0)] Term Term, [property: Id(1)] MoveId Move, [property: Id(2)] GroupId Target) : Message;

/// <summary>
/// The shard is durably sealed: its content, which has this receipt, does not change before the move is decided. The target may
/// serve at the granted epoch if this seal is committed.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.MoveSealed"), Immutable, OmitDefaultMemberValues]
public sealed record MoveSealed(
    [property: Id(0)] MoveId Move, [property: Id(1)] Epoch Granted, [property: Id(2)] MoveReceipt Receipt) : ShardReply;

/// <summary>
/// The target's receipt of a seal is durable: have the move decided. Answered by <see cref="MoveReadyReply"/>, or by
/// <see cref="ShardRefusal"/> where the receipt is not that of the source's present seal.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.MoveReady"), Immutable, OmitDefaultMemberValues]
public sealed record MoveReady(
    [property: Id(0)] MoveId Move, [property: Id(1)] Epoch Granted, [property: Id(2)] MoveReceipt Receipt) : Message;

/// <summary>The decision about a seal.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveDecision")]
public enum MoveDecision
{
    /// <summary>The target has the shard from now on: one record of the masters' log says so.</summary>
    Committed = 1,

    /// <summary>This seal will never be committed; the move continues, and the source may be sealed again.</summary>
    Cancelled = 2,

    /// <summary>The move is over without effect.</summary>
    Aborted = 3,
}

/// <summary>The answer to <see cref="DecideMove"/> and <see cref="QueryMoveDecision"/>; every repetition gets the same.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveDecided"), Immutable, OmitDefaultMemberValues]
public sealed record MoveDecided(
    [property: Id(0)] MoveId Move, [property: Id(1)] Epoch Granted, [property: Id(2)] MoveDecision Decision) : MasterReply;

/// <summary>The answer to <see cref="MoveReady"/>: the source forwards the decision.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveReadyReply"), Immutable, OmitDefaultMemberValues]
public sealed record MoveReadyReply([property: Id(0)] MoveDecided Decided) : ShardReply;

/// <summary>
/// The source asks the primary to decide about a seal: to commit it with the target's receipt, or, with null, to cancel it so that the
/// source may serve again. The first decision in the masters' log counts. Answered by <see cref="MoveDecided"/>.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.DecideMove"), Immutable, OmitDefaultMemberValues]
public sealed record DecideMove(
    [property: Id(0)] ShardId Shard, [property: Id(1)] MoveId Move, [property: Id(2)] Epoch Granted,
    [property: Id(3)] MoveReceipt? Receipt) : Message;

/// <summary>
/// The target asks the primary for a move's decision when it has had no order for long. Answered by <see cref="MoveDecided"/>, or
/// by <see cref="MoveOpen"/> where the move is not decided.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.QueryMoveDecision"), Immutable, OmitDefaultMemberValues]
public sealed record QueryMoveDecision([property: Id(0)] ShardId Shard, [property: Id(1)] MoveId Move) : Message;

/// <summary>The move is not decided yet.</summary>
[GenerateSerializer, Alias("OrleansShards.MoveOpen"), Immutable, OmitDefaultMemberValues]
public sealed record MoveOpen([property: Id(0)] MoveId Move) : MasterReply;

/// <summary>Query a copy's size, for planning. Answered by <see cref="ShardSize"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryShardSize"), Immutable, OmitDefaultMemberValues]
public sealed record QueryShardSize : Message;

/// <summary>A copy's size at this moment: the number of keys, and the bytes of keys and values.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardSize"), Immutable, OmitDefaultMemberValues]
public sealed record ShardSize([property: Id(0)] long Keys, [property: Id(1)] long Bytes) : ShardReply
{
    /// <summary>How many bytes the copy's silo has room for; null from a release that has no such limit.</summary>
    [Id(2)]
    public long? Room { get; init; }

    /// <summary>Whether the copy has the shard, has sealed it for another, or receives it: then its group cannot be forgotten.</summary>
    [Id(3)]
    public bool Holds { get; init; }

    /// <summary>What the copy is doing, for operators; null from a release that does not say.</summary>
    [Id(4)]
    public ShardActivity? Activity { get; init; }

    /// <summary>
    /// The bytes of its newest checkpoint and of the records after that, which a move's target has to copy; null from a release that does
    /// not say.
    /// </summary>
    [Id(5)]
    public long? LogBytes { get; init; }
}

/// <summary>
/// What a copy is doing: the phase and epoch of its ownership, the sessions that it has recorded, and the operations on keys that this run
/// of it has been asked for.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ShardActivity"), Immutable, OmitDefaultMemberValues]
public sealed record ShardActivity(
    [property: Id(0)] TransferPhase Phase, [property: Id(1)] Epoch Epoch, [property: Id(2)] long Sessions,
    [property: Id(3)] ulong RequestsSeen);
