using System.Globalization;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Reads a shard's checkpoint without keeping it: counts what it has, and verifies that its items have the digest which the copy's state
/// had at the checkpoint's index. Needs the memory of one chunk and of one key with its value.
/// </summary>
public sealed class CheckpointReader
{
    private const int ItemBytesMax = DataLimits.MessageBytesMax;

    private readonly ByteWriter _sliced = new();
    private readonly Table _keys = new();
    private readonly Table _clients = new();
    private readonly Table _routers = new();
    private byte[]? _head;

    /// <summary>Before the first chunk.</summary>
    /// <exception cref="CorruptDataException">The manifest is damaged.</exception>
    public CheckpointReader(ReadOnlySpan<byte> manifest) => Manifest = CheckpointManifest.Decode(manifest);

    /// <summary>The checkpoint's manifest.</summary>
    public CheckpointManifest Manifest { get; }

    /// <summary>How many chunks were read.</summary>
    public int Chunks { get; private set; }

    /// <summary>What was read so far.</summary>
    public CheckpointContent Content => new(
        _keys.Count, _clients.Count, _routers.Count, _keys.Bytes + _clients.Bytes + _routers.Bytes, Manifest.Digest);

    /// <summary>The copy's ownership when it was frozen; null before the first chunk.</summary>
    public ShardOwnership? Ownership { get; private set; }

    /// <summary>Whether the copy received the shard from another one when it was frozen: this is not the shard's content then.</summary>
    public bool IsReceiving { get; private set; }

    /// <summary>Reads the next chunk, as the store has it.</summary>
    /// <exception cref="CorruptDataException">It is damaged.</exception>
    public void Take(ReadOnlySpan<byte> chunk)
    {
        if (Chunks >= Manifest.Chunks)
            throw new CorruptDataException($"chunk {Chunks} follows, where the checkpoint has {Manifest.Chunks}");

        TakeItems(CheckpointManifest.OpenChunk(chunk, Chunks));
        Chunks++;
    }

    /// <summary>Checks that everything was read, and that it is what the copy had.</summary>
    /// <exception cref="CorruptDataException">Chunks are missing, the digest differs, or the copy was receiving the shard.</exception>
    public void End()
    {
        if (IsReceiving)
            throw new CorruptDataException("the copy was receiving the shard from another one, so that this is not its content");

        if (Chunks < Manifest.Chunks || _head is null || _sliced.Length > 0)
            throw new CorruptDataException($"the checkpoint has {Chunks} chunks, where {Manifest.Chunks} were expected");

        ulong digest = _routers.AddTo(_clients.AddTo(_keys.AddTo(default))).With(_head).Value;
        if (digest != Manifest.Digest)
        {
            throw new CorruptDataException(
                $"what the checkpoint has is of digest {digest:x16}, and the shard had {Manifest.Digest:x16} at index {Manifest.Id.Index}");
        }
    }

    private void TakeItems(ReadOnlySpan<byte> items)
    {
        ByteReader reader = new(items);
        while (reader.Remaining > 0 && !IsReceiving)
            TakeItem(items, ref reader);
    }

    private void TakeItem(ReadOnlySpan<byte> items, ref ByteReader reader)
    {
        var kind = (ShardCheckpointItem)reader.Byte();
        switch (kind)
        {
            case ShardCheckpointItem.Ownership when _head is null:
                int from = reader.Position;
                Ownership = ShardOwnership.Read(ref reader);
                (_keys.Counter, _clients.Counter, _routers.Counter) = (reader.VarUInt(), reader.VarUInt(), reader.VarUInt());
                _head = items[from..reader.Position].ToArray();
                break;
            case ShardCheckpointItem.Key:
                KeyItem item = KeyTable.ReadItem(ref reader);
                _keys.Add(item.Hash, (long)item.Key.Span.Length + item.Value.Span.Length);
                break;
            case ShardCheckpointItem.ClientSession or ShardCheckpointItem.RouterSession:
                SessionEntry session = SessionTable.ReadEntry(ref reader);
                (kind == ShardCheckpointItem.ClientSession ? _clients : _routers).Add(session.Hash, session.Bytes);
                break;
            case ShardCheckpointItem.Slice:
                TakeSlice(ref reader);
                break;
            case ShardCheckpointItem.Staging or ShardCheckpointItem.Staged:
                IsReceiving = true;
                break;
            default:
                throw new CorruptDataException($"a checkpoint item of kind {(byte)kind}, which this program does not know");
        }
    }

    private void TakeSlice(ref ByteReader reader)
    {
        bool isLast = reader.Bool();
        _sliced.Raw(reader.Bytes());
        if (_sliced.Length > ItemBytesMax)
            throw new CorruptDataException($"an item of more than {ItemBytesMax} bytes, which no key and value have");

        if (!isLast)
            return;

        byte[] item = _sliced.ToArray();
        _sliced.Clear();
        TakeItems(item);
    }

    // A table's running digest, as KeyTable and SessionTable have it.
    private sealed class Table
    {
        private ulong _sum;

        internal long Count { get; private set; }

        internal long Bytes { get; private set; }

        internal ulong Counter { get; set; }

        internal void Add(ulong hash, long bytes)
        {
            Count++;
            Bytes += bytes;
            _sum += hash;
        }

        internal Digest64 AddTo(Digest64 digest) => digest.With((ulong)Count).With(Counter).With(_sum);
    }
}

/// <summary>
/// What a checkpoint has: keys, sessions of clients and of routers, bytes of keys, values, session names and recorded replies, and the
/// digest of the copy's state at its index, which the log's replicas compare, too.
/// </summary>
public sealed record CheckpointContent(long Keys, long ClientSessions, long RouterSessions, long Bytes, ulong Digest)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Keys} keys, {ClientSessions} and {RouterSessions} sessions of {Bytes} bytes, digest {Digest:x16}");
}
