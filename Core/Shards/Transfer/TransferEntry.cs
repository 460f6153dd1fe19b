using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A step of a shard's transfer as an entry in the log of one of its copies. An entry is an order, not a fact: the state that
/// the entries before it have left decides whether it is carried out.
/// </summary>
internal abstract record TransferEntry(ShardEntryKind Kind)
{
    // ---- How a copy begins without another copy's content.

    /// <summary>Begin with an empty shard: the master has given it to this group.</summary>
    internal sealed record Open(Epoch Epoch) : TransferEntry(ShardEntryKind.Open);

    /// <summary>Replace the content by a client's.</summary>
    internal sealed record Seed(Epoch Epoch, ShardContent Content) : TransferEntry(ShardEntryKind.Seed);

    // ---- A hand-over, which a client coordinates.

    /// <summary>Target: install a snapshot at the epoch that was granted.</summary>
    internal sealed record Install(Epoch Epoch, ulong ContentDigest, ShardContent Content) : TransferEntry(ShardEntryKind.Install);

    /// <summary>Source: seal for a hand-over; <c>MeantFor</c> is the only epoch at which it may be carried out, none for any.</summary>
    internal sealed record Prepare(GroupId Target, Epoch MeantFor = default) : TransferEntry(ShardEntryKind.Prepare);

    /// <summary>Another group asks for the shard; <c>Known</c> is the newest epoch that it knows.</summary>
    internal sealed record Relinquish(GroupId To, RelinquishReason Reason, ulong ContentDigest, Epoch Known)
        : TransferEntry(ShardEntryKind.Relinquish);

    /// <summary>Source: what ends a hand-over names the epoch that it granted.</summary>
    internal abstract record OfGrant(ShardEntryKind Kind, Epoch Granted) : TransferEntry(Kind);

    internal sealed record Confirm(Epoch Granted) : OfGrant(ShardEntryKind.Confirm, Granted);

    internal sealed record StartAbort(Epoch Granted) : OfGrant(ShardEntryKind.StartAbort, Granted);

    /// <summary>Source: the target has discarded.</summary>
    internal sealed record FinishAbort(Epoch Granted) : OfGrant(ShardEntryKind.FinishAbort, Granted);

    /// <summary>Source: the target has refused to discard.</summary>
    internal sealed record RefuseAbort(Epoch Granted) : OfGrant(ShardEntryKind.RefuseAbort, Granted);

    /// <summary>Target: discard the content of the hand-over at this epoch, and refuse that hand-over from now on.</summary>
    internal sealed record Discard(GroupId Source, Epoch Epoch) : TransferEntry(ShardEntryKind.Discard);

    // ---- A move, which the primary coordinates.

    internal abstract record OfMove(ShardEntryKind Kind, MoveId Move) : TransferEntry(Kind);

    /// <summary>What belongs to one seal of a move names the epoch that the seal grants.</summary>
    internal abstract record OfSeal(ShardEntryKind Kind, MoveId Move, Epoch Granted) : OfMove(Kind, Move);

    /// <summary>Target: receive the source's log from its start or newest checkpoint; drops what was received so far.</summary>
    internal sealed record Begin(MoveId Move, Term Term, GroupId Source, ReadOnlyMemory<byte>? Manifest)
        : OfMove(ShardEntryKind.Begin, Move);

    /// <summary>Target: the checkpoint's next chunk, as the store has it.</summary>
    internal sealed record Chunk(MoveId Move, int Number, ReadOnlyMemory<byte> Bytes) : OfMove(ShardEntryKind.Chunk, Move);

    /// <summary>Target: the log's next records, as the store has them.</summary>
    internal sealed record Records(MoveId Move, IReadOnlyList<StoredRecord> Stored) : OfMove(ShardEntryKind.Records, Move);

    /// <summary>Target: a seal's last record is received, and the content has the source's receipt.</summary>
    internal sealed record Ready(MoveId Move, Epoch Granted, MoveReceipt Receipt) : OfSeal(ShardEntryKind.Ready, Move, Granted);

    /// <summary>Target: that seal was cancelled.</summary>
    internal sealed record Unready(MoveId Move, Epoch Granted) : OfSeal(ShardEntryKind.Unready, Move, Granted);

    /// <summary>Target: that seal was committed. The staged replica becomes the copy's content, and is served.</summary>
    internal sealed record Take(MoveId Move, Epoch Granted) : OfSeal(ShardEntryKind.Take, Move, Granted);

    /// <summary>Target: the move is over. If it never began here, it never will.</summary>
    internal sealed record DiscardStaging(MoveId Move) : OfMove(ShardEntryKind.DiscardStaging, Move);

    internal sealed record Seal(MoveId Move, Term Term, GroupId Target) : OfMove(ShardEntryKind.Seal, Move);

    /// <summary>Source: the move was committed. Deletes keys and client sessions; redirects from now on.</summary>
    internal sealed record Release(MoveId Move, Epoch Granted) : OfSeal(ShardEntryKind.Release, Move, Granted);

    /// <summary>Source: the seal was cancelled or, with <c>IsOver</c>, the move aborted. If it never sealed, it never will.</summary>
    internal sealed record Unseal(MoveId Move, Epoch Granted, bool IsOver) : OfSeal(ShardEntryKind.Unseal, Move, Granted);

    // ---- A restore of the whole cluster from a backup: numbered by the masters, which decide how it ends.

    internal abstract record OfRestore(ShardEntryKind Kind, RestoreId Restore) : TransferEntry(Kind);

    /// <summary>
    /// Receive the backup's content of this shard, which is a checkpoint with this manifest; drops what was received so far. Only an empty
    /// shard takes it.
    /// </summary>
    internal sealed record RestoreBegin(RestoreId Restore, ReadOnlyMemory<byte> Manifest) : OfRestore(ShardEntryKind.RestoreBegin, Restore);

    internal sealed record RestoreChunk(RestoreId Restore, int Number, ReadOnlyMemory<byte> Bytes)
        : OfRestore(ShardEntryKind.RestoreChunk, Restore);

    /// <summary>The masters' decision: what was received becomes the content, or is dropped. The shard is served again.</summary>
    internal sealed record RestoreEnd(RestoreId Restore, bool IsCommitted) : OfRestore(ShardEntryKind.RestoreEnd, Restore);
}

/// <summary>
/// The first byte of an entry in a shard's log: an operation on a key (<see cref="KeyEntry"/>), or the
/// <see cref="TransferEntry"/> of that name. Persisted: values are append-only, and the format of each never changes. An entry
/// that needs more gets a new kind, so that an older program stops at it instead of guessing.
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
    DiscardStaging = 18,
    Seal = 19,
    Release = 20,
    Unseal = 21,
    RestoreBegin = 22,
    RestoreChunk = 23,
    RestoreEnd = 24,
}
