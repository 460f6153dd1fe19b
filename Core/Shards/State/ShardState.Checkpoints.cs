using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

// Checkpoints: a sequence of items, which may be cut into chunks between any two.
public sealed partial class ShardState
{
    // The slices of an item whose last one has not been restored yet.
    private readonly List<byte[]> _slices = [];

    /// <inheritdoc/>
    public ICheckpointSource Freeze()
    {
        List<CheckpointPart> parts = [];
        Freeze(parts, depth: 0);
        return new ShardCheckpoint(parts);
    }

    /// <inheritdoc/>
    public void Clear()
    {
        Ownership = ShardOwnership.Initial;
        _contentDigest = null;
        _data.Clear();
        _clients.Clear();
        _routers.Clear();
        _slices.Clear();
        _staging = null;
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> chunk)
    {
        ByteReader reader = new(chunk);
        while (reader.Remaining > 0)
            RestoreItem(ref reader);
    }

    private void RestoreItem(ref ByteReader reader)
    {
        var kind = (ShardCheckpointItem)reader.Byte();
        switch (kind)
        {
            case ShardCheckpointItem.Ownership:
                Ownership = ShardOwnership.Read(ref reader);
                _data.ReadCounters(ref reader);
                _clients.ReadCounters(ref reader);
                _routers.ReadCounters(ref reader);
                break;
            case ShardCheckpointItem.Key:
                _data.Read(ref reader);
                break;
            case ShardCheckpointItem.ClientSession:
                _clients.Read(ref reader);
                break;
            case ShardCheckpointItem.RouterSession:
                _routers.Read(ref reader);
                break;
            case ShardCheckpointItem.Staging:
                _staging = Shards.Staging.ReadHeader(ref reader, _sessionsMax);
                break;
            case ShardCheckpointItem.Staged when _staging is not null:
                _staging.Copy.RestoreItem(ref reader);
                break;
            case ShardCheckpointItem.Slice:
                RestoreSlice(ref reader);
                break;
            default:
                throw new CorruptDataException($"a checkpoint item of kind {(byte)kind}, which this program does not know");
        }
    }

    private void RestoreSlice(ref ByteReader reader)
    {
        bool isLast = reader.Bool();
        _slices.Add(reader.Bytes().ToArray());
        if (!isLast)
            return;

        ByteWriter item = new(_slices.Sum(static slice => slice.Length));
        _slices.ForEach(slice => item.Raw(slice));
        _slices.Clear();
        Restore(item.Written);
    }

    // The replica that is received may itself be receiving: its source got the shard by a move shortly before.
    private void Freeze(List<CheckpointPart> parts, int depth)
    {
        parts.Add(CheckpointPart.Of(depth, ShardCheckpointItem.Ownership, OwnershipBytes().ToArray()));
        parts.Add(CheckpointPart.Of(depth, ShardCheckpointItem.Key, _data.Freeze(), KeyTable.Write));
        parts.Add(CheckpointPart.Of(depth, ShardCheckpointItem.ClientSession, _clients.Freeze(), SessionTable.Write));
        parts.Add(CheckpointPart.Of(depth, ShardCheckpointItem.RouterSession, _routers.Freeze(), SessionTable.Write));

        // A replica that is received may be in the middle of a large item.
        parts.AddRange(_slices.Select(slice => CheckpointPart.Of(depth, ShardCheckpointItem.Slice, SliceBytes(slice))));
        if (_staging is not null)
        {
            parts.Add(CheckpointPart.Of(depth, ShardCheckpointItem.Staging, StagingBytes().ToArray()));
            _staging.Copy.Freeze(parts, depth + 1);
        }
    }

    private static byte[] SliceBytes(byte[] slice)
    {
        ByteWriter writer = new(slice.Length + 16);
        writer.Bool(false);
        writer.Bytes(slice);
        return writer.ToArray();
    }

    private ByteWriter StagingBytes()
    {
        ByteWriter writer = new(256);
        _staging!.WriteHeader(writer);
        return writer;
    }

    // The ownership and the tables' counters: the beginning of a checkpoint, and a part of the digest.
    private ByteWriter OwnershipBytes()
    {
        ByteWriter writer = new(96);
        Ownership.Write(writer);
        _data.WriteCounters(writer);
        _clients.WriteCounters(writer);
        _routers.WriteCounters(writer);
        return writer;
    }
}
