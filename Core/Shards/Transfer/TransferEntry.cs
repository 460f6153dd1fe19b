using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// What changes who has a shard, as an entry in the log of one of its copies. Each is an order, not a fact: whether it is
/// carried out is decided when it is applied, by what the entries before it have left.
/// </summary>
/// <param name="Kind">The entry's first byte.</param>
internal abstract record TransferEntry(ShardEntryKind Kind)
{
    // ---- How a copy begins without another copy's content.

    /// <summary>Begin with nothing, as the master has given the shard to this group.</summary>
    internal sealed record Open(Epoch Epoch) : TransferEntry(ShardEntryKind.Open);

    /// <summary>Replace the content by what a client brought.</summary>
    internal sealed record Seed(Epoch Epoch, ShardContent Content) : TransferEntry(ShardEntryKind.Seed);

    // ---- A hand-over, which a client coordinates.

    /// <summary>Target: install a snapshot at the epoch that was granted.</summary>
    internal sealed record Install(Epoch Epoch, ulong ContentDigest, ShardContent Content)
        : TransferEntry(ShardEntryKind.Install);

    /// <summary>Source: seal for a hand-over; <c>MeantFor</c> is the only epoch at which it may be carried out, none for any.</summary>
    internal sealed record Prepare(GroupId Target, Epoch MeantFor = default) : TransferEntry(ShardEntryKind.Prepare);

    /// <summary>Another group asks to have the shard; <c>Known</c> is the newest epoch that it has heard of.</summary>
    internal sealed record Relinquish(GroupId To, RelinquishReason Reason, ulong ContentDigest, Epoch Known)
        : TransferEntry(ShardEntryKind.Relinquish);

    /// <summary>Source: delete the copy; <c>Granted</c> says which hand-over is meant.</summary>
    internal sealed record Confirm(Epoch Granted) : TransferEntry(ShardEntryKind.Confirm);

    /// <summary>Source: begin to roll a hand-over back.</summary>
    internal sealed record StartAbort(Epoch Granted) : TransferEntry(ShardEntryKind.StartAbort);

    /// <summary>Source: the target has discarded.</summary>
    internal sealed record FinishAbort(Epoch Granted) : TransferEntry(ShardEntryKind.FinishAbort);

    /// <summary>Source: the target has refused to discard.</summary>
    internal sealed record RefuseAbort(Epoch Granted) : TransferEntry(ShardEntryKind.RefuseAbort);

    /// <summary>Target: discard what the hand-over at this epoch brought, and refuse it from now on.</summary>
    internal sealed record Discard(GroupId Source, Epoch Epoch) : TransferEntry(ShardEntryKind.Discard);

    // ---- A move, which the primary coordinates.

    /// <summary>What belongs to a move says to which.</summary>
    internal abstract record OfMove(ShardEntryKind Kind, MoveId Move) : TransferEntry(Kind);

    /// <summary>
    /// Target: receive the source's log from the beginning, or from its newest checkpoint; drops what was received so far.
    /// </summary>
    internal sealed record Begin(MoveId Move, Term Term, GroupId Source, ReadOnlyMemory<byte>? Manifest)
        : OfMove(ShardEntryKind.Begin, Move);

    /// <summary>Target: the checkpoint's next chunk, as the store has it.</summary>
    internal sealed record Chunk(MoveId Move, int Number, ReadOnlyMemory<byte> Bytes) : OfMove(ShardEntryKind.Chunk, Move);

    /// <summary>Target: the log's next records, as the store has them.</summary>
    internal sealed record Records(MoveId Move, IReadOnlyList<StoredRecord> Stored) : OfMove(ShardEntryKind.Records, Move);

    /// <summary>Target: a seal's last record is received, and the content is what the source says it is.</summary>
    internal sealed record Ready(MoveId Move, Epoch Granted, MoveReceipt Receipt) : OfMove(ShardEntryKind.Ready, Move);

    /// <summary>Target: that seal was cancelled.</summary>
    internal sealed record Unready(MoveId Move, Epoch Granted) : OfMove(ShardEntryKind.Unready, Move);

    /// <summary>Target: that seal was committed.</summary>
    internal sealed record Take(MoveId Move, Epoch Granted) : OfMove(ShardEntryKind.Take, Move);

    /// <summary>Target: the move is over. Where it never began here, it never will.</summary>
    internal sealed record Drop(MoveId Move) : OfMove(ShardEntryKind.Drop, Move);

    /// <summary>Source: seal for a move.</summary>
    internal sealed record Seal(MoveId Move, Term Term, GroupId Target) : OfMove(ShardEntryKind.Seal, Move);

    /// <summary>Source: the seal was committed.</summary>
    internal sealed record Release(MoveId Move, Epoch Granted) : OfMove(ShardEntryKind.Release, Move);

    /// <summary>
    /// Source: the seal was cancelled, and (<paramref name="IsOver"/>) the move aborted. Where it never sealed, it never
    /// will.
    /// </summary>
    internal sealed record Unseal(MoveId Move, Epoch Granted, bool IsOver) : OfMove(ShardEntryKind.Unseal, Move);
}

/// <summary>
/// The first byte of an entry in a shard's log: an operation on a key (<see cref="KeyEntry"/>), or a
/// <see cref="TransferEntry"/> of that name. Persisted: values are append-only, and what follows each never changes. An
/// entry that needs more gets a kind of its own, so that an older program stops at it instead of guessing.
/// </summary>
internal enum ShardEntryKind
{
    Key = 1,
    Open = 2,
    Seed = 3,
    Install = 4,
    Prepare = 5,
    Relinquish = 6,
    Confirm = 7,
    StartAbort = 8,
    FinishAbort = 9,
    RefuseAbort = 10,
    Discard = 11,
    Begin = 12,
    Chunk = 13,
    Records = 14,
    Ready = 15,
    Unready = 16,
    Take = 17,
    Drop = 18,
    Seal = 19,
    Release = 20,
    Unseal = 21,
}
