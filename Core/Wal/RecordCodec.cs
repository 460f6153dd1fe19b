using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>A record's bytes. Format 2, all numbers little-endian:</summary>
/// <remarks>
/// <code>
/// u8  format (2)        u8  kind              u64 term            u64 index
/// u64 entries before    u32 chain before      u64 incarnation     text writer's node
/// u8  has digest        u64 digest
/// varint entry count    (varint length, bytes) each
/// u32 chain: CRC-32C of all bytes above, continued from "chain before"
/// </code>
/// </remarks>
public static class RecordCodec
{
    // Of records and of the entries in them. In format 1, shards' entries were two families with a codec each.
    private const byte Format = 2;
    private const int ChainBytes = sizeof(uint);

    /// <summary>Encodes the record that follows <paramref name="before"/>; returns its bytes and the cursor behind it.</summary>
    public static (byte[] Bytes, LogCursor After) Encode(
        LogCursor before, RecordKind kind, Term term, WriterId writer, ulong? digest, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        ByteWriter to = new(128 + entries.Sum(static entry => entry.Length + 3));
        LogIndex index = before.Index.Next();
        to.Byte(Format);
        to.Byte((byte)kind);
        to.Fixed64(term.Value);
        to.Fixed64(index.Value);
        to.Fixed64(before.Entries);
        to.Fixed32(before.Chain);
        to.Fixed64(writer.Incarnation.Value);
        to.Text(writer.Node);
        to.Bool(digest.HasValue);
        to.Fixed64(digest.GetValueOrDefault());
        to.Items(entries, static (to, entry) => to.Bytes(entry.Span));
        uint chain = Crc32C.Append(before.Chain, to.Written);
        to.Fixed32(chain);
        return (to.ToArray(), new LogCursor(index, term, chain, before.Entries + (ulong)entries.Count));
    }

    /// <summary>
    /// Decodes a record and verifies that it is the one that follows <paramref name="before"/> in the term that
    /// <paramref name="opener"/> opened (null in a log without a record).
    /// </summary>
    /// <exception cref="CorruptDataException">It does not follow; the text says what was found and expected.</exception>
    public static LogRecord Decode(LogCursor before, WriterId? opener, StoredRecord stored)
    {
        try
        {
            return Read(before, opener, stored);
        }
        catch (CorruptDataException damage)
        {
            throw new CorruptDataException($"record {stored.Index}: {damage.Message}");
        }
    }

    /// <summary>The number of entries in a record, without decoding or verifying it: for metrics.</summary>
    /// <exception cref="CorruptDataException">It ends too early.</exception>
    public static int CountEntries(ReadOnlySpan<byte> record)
    {
        ByteReader from = new(record);
        from.Byte();
        from.Byte();
        for (int number = 0; number < 3; number++)
            from.Fixed64();

        from.Fixed32();
        from.Fixed64();
        from.Bytes();
        from.Byte();
        from.Fixed64();
        return from.Count();
    }

    private static LogRecord Read(LogCursor before, WriterId? opener, StoredRecord stored)
    {
        ByteReader from = new(stored.Bytes.Span);
        byte format = from.Byte();
        if (format != Format)
        {
            string older = format is > 0 and < Format ? ": an earlier release wrote this log, which this one does not read" : "";
            throw new CorruptDataException($"format {format}, where {Format} was expected{older}");
        }

        uint chain = VerifiedChain(before, stored.Bytes.Span);
        RecordKind kind = (RecordKind)from.Byte();
        Term term = new(from.Fixed64());
        Expect("index", from.Fixed64(), before.Index.Next().Value);
        Expect("entries before", from.Fixed64(), before.Entries);
        Expect("chain before", from.Fixed32(), before.Chain);
        ulong incarnation = from.Fixed64();
        WriterId writer = new(from.Text(), new Incarnation(incarnation));
        VerifyLeadership(kind, term, writer, before.Term, opener);
        bool hasDigest = from.Bool();
        ulong digest = from.Fixed64();
        ReadOnlyMemory<byte>[] entries = from.Items((ref from) => from.Slice(stored.Bytes));
        from.Fixed32();
        from.End();
        LogCursor after = new(stored.Index, term, chain, before.Entries + (ulong)entries.Length);
        return new LogRecord(kind, writer, hasDigest ? digest : null, entries, before, after);
    }

    private static uint VerifiedChain(LogCursor before, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < ChainBytes)
            throw new CorruptDataException($"{bytes.Length} bytes, too few for a record");

        ByteReader last = new(bytes[^ChainBytes..]);
        uint chain = last.Fixed32();
        uint expected = Crc32C.Append(before.Chain, bytes[..^ChainBytes]);
        return chain == expected
            ? chain
            : throw new CorruptDataException($"checksum {chain:x8}, where {expected:x8} was expected after record {before.Index}");
    }

    /// <summary>A term has one writer, and terms only rise: fencing rests on this, and every reader checks it.</summary>
    private static void VerifyLeadership(RecordKind kind, Term term, WriterId writer, Term before, WriterId? opener)
    {
        bool follows = kind switch
        {
            RecordKind.TermStart => term > before,
            RecordKind.Ordinary => term == before && writer == opener,
            _ => throw new CorruptDataException($"kind {(int)kind} is not known"),
        };
        if (!follows)
            throw new CorruptDataException($"{kind} of {writer} in term {term} cannot follow term {before}, which {opener} opened");
    }

    private static void Expect(string what, ulong found, ulong expected)
    {
        if (found != expected)
            throw new CorruptDataException($"{what} {found}, where {expected} was expected");
    }
}

/// <summary>The kinds of records. Persisted: values are append-only.</summary>
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

/// <summary>
/// A record, decoded and verified, with the cursors before and after it. <c>Digest</c> is the state's before its entries,
/// null where it was not logged; the entries are slices of the record.
/// </summary>
public sealed record LogRecord(
    RecordKind Kind, WriterId Writer, ulong? Digest, IReadOnlyList<ReadOnlyMemory<byte>> Entries, LogCursor Before, LogCursor After);
