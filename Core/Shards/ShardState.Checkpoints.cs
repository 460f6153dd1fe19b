using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

// Checkpoints: items of the kinds below, one after the other, cut into chunks between any two.
public sealed partial class ShardState
{
    /// <inheritdoc/>
    public ICheckpointSource Freeze() => new ShardCheckpoint(
        StandingBytes().ToArray(), _data.Freeze(), _clients.Freeze(), _routers.Freeze());

    /// <inheritdoc/>
    public void Clear()
    {
        Standing = ShardStanding.Initial;
        _contentDigest = null;
        _data.Clear();
        _clients.Clear();
        _routers.Clear();
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> chunk)
    {
        ByteReader reader = new(chunk);
        while (reader.Remaining > 0)
        {
            RestoreItem(ref reader);
        }
    }

    private void RestoreItem(ref ByteReader reader)
    {
        var kind = (ShardCheckpointItem)reader.Byte();
        switch (kind)
        {
            case ShardCheckpointItem.Standing:
                Standing = ShardStandingCodec.Read(ref reader);
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
            default:
                throw new CorruptDataException(
                    $"a checkpoint item of kind {(byte)kind}, which this program does not know");
        }
    }

    // The standing and the tables' counters: what a checkpoint begins with, and what the digest takes in of it.
    private ByteWriter StandingBytes()
    {
        ByteWriter writer = new(96);
        ShardStandingCodec.Write(writer, Standing);
        _data.WriteCounters(writer);
        _clients.WriteCounters(writer);
        _routers.WriteCounters(writer);
        return writer;
    }
}
