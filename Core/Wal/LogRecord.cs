namespace OrleansShards.Core.Wal;

/// <summary>The sorts of record. Persisted: values are append-only.</summary>
public enum RecordKind
{
    /// <summary>Entries of the writer that has opened the term; none in a heartbeat.</summary>
    Ordinary = 1,

    /// <summary>
    /// Opens a higher term: from here on only its writer's records follow. Without entries. It is a fence, and never
    /// dropped: a deposed writer's next put is for exactly this number, however long it slept.
    /// </summary>
    TermStart = 2,
}

/// <summary>A record, decoded and verified.</summary>
/// <param name="Kind">Its sort.</param>
/// <param name="Writer">Who put it.</param>
/// <param name="Digest">The state's digest before its entries; null where it was not logged.</param>
/// <param name="Entries">Its entries, slices of the record.</param>
/// <param name="Before">The cursor that it follows.</param>
/// <param name="After">The cursor behind it.</param>
public sealed record LogRecord(
    RecordKind Kind,
    WriterId Writer,
    ulong? Digest,
    IReadOnlyList<ReadOnlyMemory<byte>> Entries,
    LogCursor Before,
    LogCursor After);
