using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// What the target of a move has of the shard: a replica of the source's log, up to some record, kept in the target's own
/// log. No client sees it before the move is committed. Being a replica, it has the same state as the source at the same
/// record, to the bit; the digests in the source's log are verified on the way.
/// </summary>
internal sealed class Staging
{
    private CheckpointManifest? _manifest;
    private byte[]? _manifestBytes;

    internal Staging(TransferEntry.Begin begin, int sessionsMax)
    {
        Move = begin.Move;
        Term = begin.Term;
        Source = begin.Source;
        Copy = new ShardState(begin.Source, sessionsMax);
        SetManifest(begin.Manifest is { } bytes ? bytes.ToArray() : null);
    }

    internal MoveId Move { get; }

    /// <summary>The term of the order that it began with.</summary>
    internal Term Term { get; }

    internal GroupId Source { get; }

    /// <summary>The replica.</summary>
    internal ShardState Copy { get; }

    /// <summary>How many chunks of the checkpoint are taken in.</summary>
    internal int Chunks { get; private set; }

    /// <summary>How far the log is taken in; null while chunks are missing.</summary>
    internal LogCursor? Cursor { get; private set; }

    /// <summary>Who opened the cursor's term.</summary>
    internal WriterId? Opener { get; private set; }

    /// <summary>How many bytes of chunks and records were taken in.</summary>
    internal long Bytes { get; private set; }

    /// <summary>The seal that is received whole, and what was received: kept until the master has decided.</summary>
    internal (Epoch Granted, MoveReceipt Receipt)? Ready { get; private set; }

    /// <summary>What does not agree with the source's own digests, or cannot be read; null while all is well.</summary>
    internal string? Damage { get; private set; }

    /// <summary>The checkpoint that it began with; null where the source's log has none.</summary>
    internal CheckpointManifest? Manifest => _manifest;

    /// <summary>Whether this chunk is the next.</summary>
    internal bool Expects(TransferEntry.Chunk chunk) => CanGoOn && Cursor is null && chunk.Number == Chunks;

    /// <summary>Whether the first of these records is the next.</summary>
    internal bool Expects(TransferEntry.Records records) => CanGoOn && Cursor is { } cursor
        && records.Stored is [var first, ..] && first.Index == cursor.Index.Next();

    private bool CanGoOn => Ready is null && Damage is null;

    internal void Take(TransferEntry.Chunk chunk)
    {
        try
        {
            Copy.Restore(CheckpointManifest.OpenChunk(chunk.Bytes.Span, chunk.Number));
        }
        catch (CorruptDataException damage)
        {
            Damage = damage.Message;
            return;
        }

        Chunks++;
        Bytes += chunk.Bytes.Length;
        EndOfChunks();
    }

    internal void Take(TransferEntry.Records records)
    {
        try
        {
            foreach (StoredRecord stored in records.Stored)
            {
                Take(RecordCodec.Decode(Cursor!.Value, Opener, stored));
                Bytes += stored.Bytes.Length;
            }
        }
        catch (CorruptDataException damage)
        {
            Damage = damage.Message;
        }
    }

    /// <summary>Whether what was received is this seal, whole, and has this receipt.</summary>
    internal bool IsWhole(Epoch granted, MoveReceipt receipt) =>
        CanGoOn && MoveRules.IsSealedFor(Copy.Standing, Move, granted) && Copy.Receipt() == receipt;

    internal void SetReady(Epoch granted, MoveReceipt receipt) => Ready = (granted, receipt);

    internal void ClearReady() => Ready = null;

    /// <summary>All but the replica, as bytes: for checkpoints and the digest.</summary>
    internal void WriteHeader(ByteWriter writer)
    {
        writer.VarUInt(Move.Value);
        writer.VarUInt(Term.Value);
        writer.Text(Source.Value);
        writer.Bool(_manifestBytes is not null);
        writer.Bytes(_manifestBytes);
        writer.VarUInt((ulong)Chunks);
        writer.VarUInt((ulong)Bytes);
        writer.Bool(Cursor is not null);
        LogCursor cursor = Cursor ?? LogCursor.Start;
        writer.VarUInt(cursor.Index.Value);
        writer.VarUInt(cursor.Term.Value);
        writer.Fixed32(cursor.Chain);
        writer.VarUInt(cursor.Entries);
        writer.Bool(Opener is not null);
        writer.Text(Opener?.Node ?? "");
        writer.Fixed64(Opener?.Incarnation.Value ?? 0);
        writer.Bool(Ready is not null);
        writer.VarUInt(Ready?.Granted.Value ?? 0);
        TransferEntryCodec.Write(writer, Ready?.Receipt ?? new MoveReceipt(0, 0, 0, 0));
        writer.Bool(Damage is not null);
        writer.Text(Damage ?? "");
    }

    internal static Staging ReadHeader(ref ByteReader reader, int sessionsMax)
    {
        MoveId move = new(reader.VarUInt());
        Term term = new(reader.VarUInt());
        GroupId source = new(reader.Text());
        bool hasManifest = reader.Bool();
        byte[] manifest = reader.Bytes().ToArray();
        Staging staging = new(new TransferEntry.Begin(
            move, term, source, hasManifest ? manifest : default(ReadOnlyMemory<byte>?)), sessionsMax)
        {
            Chunks = (int)reader.VarUInt(),
            Bytes = (long)reader.VarUInt(),
        };
        bool hasCursor = reader.Bool();
        LogCursor cursor = new(new(reader.VarUInt()), new(reader.VarUInt()), reader.Fixed32(), reader.VarUInt());
        staging.Cursor = hasCursor ? cursor : null;
        bool hasOpener = reader.Bool();
        WriterId opener = new(reader.Text(), new Incarnation(reader.Fixed64()));
        staging.Opener = hasOpener ? opener : null;
        bool isReady = reader.Bool();
        (Epoch, MoveReceipt) ready = (new(reader.VarUInt()), TransferEntryCodec.ReadReceipt(ref reader));
        staging.Ready = isReady ? ready : null;
        bool isDamaged = reader.Bool();
        string damage = reader.Text();
        staging.Damage = isDamaged ? damage : null;
        return staging;
    }

    private void SetManifest(byte[]? bytes)
    {
        _manifestBytes = bytes;
        if (bytes is null)
        {
            Cursor = LogCursor.Start;
            return;
        }

        _manifest = CheckpointManifest.Decode(bytes);
        EndOfChunks();
    }

    private void EndOfChunks()
    {
        if (_manifest is not { } manifest || Chunks < manifest.Chunks)
        {
            return;
        }

        Cursor = manifest.Cursor;
        Opener = manifest.Opener;
        if (Copy.Digest != manifest.Digest)
        {
            Damage = $"the checkpoint at {manifest.Id.Index} restores to digest {Copy.Digest:x16}, "
                + $"its manifest says {manifest.Digest:x16}";
        }
    }

    private void Take(LogRecord record)
    {
        if (record.Digest is { } digest && digest != Copy.Digest)
        {
            throw new CorruptDataException(
                $"before record {record.After.Index} the copy has digest {Copy.Digest:x16}, the source's log says {digest:x16}");
        }

        Opener = record.Kind == RecordKind.Opening ? record.Writer : Opener;
        LogCursor at = record.After with { Entries = record.Before.Entries };
        foreach (ReadOnlyMemory<byte> entry in record.Entries)
        {
            Copy.Apply(at, entry);
            at = at with { Entries = at.Entries + 1 };
        }

        Cursor = record.After;
    }
}
