using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// The part of a shard that a move's target has received: a replica of the source's log up to some record, kept in the
/// target's own log. No client sees it before the move is committed. It follows the source's log like every replica: at each
/// record its state is bit-identical to the source's, and the digests in the source's log are verified.
/// </summary>
internal sealed class Staging
{
    private readonly LogFollower<Message> _follower;
    private readonly byte[]? _manifest;

    /// <exception cref="CorruptDataException">The manifest is damaged.</exception>
    internal Staging(TransferEntry.Begin begin, int sessionsMax)
        : this(begin.Move, begin.Term, begin.Source, begin.Manifest?.ToArray(), sessionsMax)
    {
        CheckpointManifest? manifest = Decoded(_manifest);
        Guard(() => _follower.Begin(manifest));
    }

    private Staging(MoveId move, Term term, GroupId source, byte[]? manifest, int sessionsMax)
    {
        (Move, Term, Source, _manifest) = (move, term, source, manifest);
        Copy = new ShardState(source, sessionsMax);
        _follower = new LogFollower<Message>(Copy);
    }

    internal MoveId Move { get; }

    internal Term Term { get; }

    internal GroupId Source { get; }

    internal ShardState Copy { get; }

    internal int Chunks => _follower.Chunks;

    /// <summary>How far the log is applied; null while chunks are missing.</summary>
    internal LogCursor? Cursor => _follower.IsRestored ? _follower.Cursor : null;

    internal WriterId? Opener => _follower.Opener;

    internal long Bytes { get; private set; }

    /// <summary>The seal that is received completely, and its receipt: kept until the master has decided.</summary>
    internal (Epoch Granted, MoveReceipt Receipt)? Ready { get; set; }

    /// <summary>Why the replica is damaged: it differs from the source's digests, or cannot be read; null while it is sound.</summary>
    internal string? Damage { get; private set; }

    /// <summary>The checkpoint from which it began; null where the source's log has none.</summary>
    internal CheckpointManifest? Manifest => _follower.Manifest;

    internal bool Expects(TransferEntry.Chunk chunk) => Expects(chunk.Number);

    internal bool Expects(int chunk) => CanReceive && Cursor is null && chunk == Chunks;

    /// <summary>Whether the whole checkpoint is there, with the digest of its manifest: all of a restore's content.</summary>
    internal bool IsComplete => CanReceive && Manifest is not null && Cursor is not null;

    internal bool Expects(TransferEntry.Records records) => CanReceive && Cursor is { } cursor
        && records.Stored is [var first, ..] && first.Index == cursor.Index.Next();

    private bool CanReceive => Ready is null && Damage is null;

    internal void Take(TransferEntry.Chunk chunk) => TakeChunk(chunk.Bytes);

    internal void TakeChunk(ReadOnlyMemory<byte> chunk) => Guard(() =>
    {
        _follower.TakeChunk(chunk.Span);
        Bytes += chunk.Length;
    });

    internal void Take(TransferEntry.Records records) => Guard(() =>
    {
        foreach (StoredRecord stored in records.Stored)
        {
            _follower.Take(stored);
            Bytes += stored.Bytes.Length;
        }
    });

    internal bool IsWhole(Epoch granted, MoveReceipt receipt) =>
        CanReceive && MoveRules.IsSealedFor(Copy.Ownership, Move, granted) && Copy.Receipt() == receipt;

    /// <summary>Writes everything but the replica, for checkpoints and the digest.</summary>
    internal void WriteHeader(ByteWriter writer)
    {
        writer.VarUInt(Move.Value);
        writer.VarUInt(Term.Value);
        writer.Text(Source.Value);
        writer.Bool(_manifest is not null);
        writer.Bytes(_manifest);
        writer.VarUInt((ulong)Chunks);
        writer.VarUInt((ulong)Bytes);
        LogCursor cursor = _follower.Cursor;
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
        writer.OptionalText(Damage);
    }

    internal static Staging ReadHeader(ref ByteReader reader, int sessionsMax)
    {
        (MoveId move, Term term, GroupId source) = (new(reader.VarUInt()), new(reader.VarUInt()), new(reader.Text()));
        bool hasManifest = reader.Bool();
        byte[] manifest = reader.Bytes().ToArray();
        Staging staging = new(move, term, source, hasManifest ? manifest : null, sessionsMax);
        int chunks = (int)reader.VarUInt();
        staging.Bytes = (long)reader.VarUInt();
        LogCursor cursor = new(new(reader.VarUInt()), new(reader.VarUInt()), reader.Fixed32(), reader.VarUInt());
        bool hasOpener = reader.Bool();
        WriterId opener = new(reader.Text(), new Incarnation(reader.Fixed64()));
        staging._follower.Resume(Decoded(staging._manifest), chunks, cursor, hasOpener ? opener : null);
        bool isReady = reader.Bool();
        (Epoch, MoveReceipt) ready = (new(reader.VarUInt()), TransferEntryCodec.ReadReceipt(ref reader));
        staging.Ready = isReady ? ready : null;
        staging.Damage = reader.OptionalText();
        return staging;
    }

    private static CheckpointManifest? Decoded(byte[]? manifest) => manifest is null ? null : CheckpointManifest.Decode(manifest);

    // Damage of the source's log must not stop this copy's own log.
    private void Guard(Action take)
    {
        try
        {
            take();
        }
        catch (CorruptDataException damage)
        {
            Damage = damage.Message;
        }
    }
}
