using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// What a move puts into the logs of its two copies. Each is an order: whether it is carried out is decided when it is
/// applied, by what the entries before it have left.
/// </summary>
internal abstract record MoveEntry(MoveId Move)
{
    /// <summary>
    /// Target: receive the source's log from the beginning, or from its newest checkpoint; drops what was received so far.
    /// </summary>
    internal sealed record Begin(MoveId Move, Term Term, GroupId Source, ReadOnlyMemory<byte>? Manifest) : MoveEntry(Move);

    /// <summary>Target: the checkpoint's next chunk, as the store has it.</summary>
    internal sealed record Chunk(MoveId Move, int Number, ReadOnlyMemory<byte> Bytes) : MoveEntry(Move);

    /// <summary>Target: the log's next records, as the store has them.</summary>
    internal sealed record Records(MoveId Move, IReadOnlyList<StoredRecord> Stored) : MoveEntry(Move);

    /// <summary>Target: a seal's last record is received, and the content is what the source says it is.</summary>
    internal sealed record Ready(MoveId Move, Epoch Granted, MoveReceipt Receipt) : MoveEntry(Move);

    /// <summary>Target: that seal was cancelled.</summary>
    internal sealed record Unready(MoveId Move, Epoch Granted) : MoveEntry(Move);

    /// <summary>Target: that seal was committed.</summary>
    internal sealed record Take(MoveId Move, Epoch Granted) : MoveEntry(Move);

    /// <summary>Target: the move is over. Where it never began here, it never will.</summary>
    internal sealed record Drop(MoveId Move) : MoveEntry(Move);

    /// <summary>Source: seal.</summary>
    internal sealed record Seal(MoveId Move, Term Term, GroupId Target) : MoveEntry(Move);

    /// <summary>Source: the seal was committed.</summary>
    internal sealed record Release(MoveId Move, Epoch Granted) : MoveEntry(Move);

    /// <summary>
    /// Source: the seal came to nothing, and (<paramref name="IsOver"/>) the move too. Where it never sealed, it never
    /// will.
    /// </summary>
    internal sealed record Unseal(MoveId Move, Epoch Granted, bool IsOver) : MoveEntry(Move);
}
