using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>The kinds of item in a checkpoint. Persisted: values are append-only.</summary>
internal enum ShardCheckpointItem
{
    /// <summary>The standing and the tables' counters; comes first, once.</summary>
    Standing = 1,

    /// <summary>A key with its value.</summary>
    Key = 2,

    /// <summary>A client's session.</summary>
    ClientSession = 3,

    /// <summary>A router's session.</summary>
    RouterSession = 4,
}

/// <summary>
/// A shard's state as it was when it was frozen, handed out chunk by chunk while the shard goes on serving.
/// </summary>
internal sealed class ShardCheckpoint(
    byte[] standing,
    FrozenView<KeyText, KeyItem> data,
    FrozenView<SessionName, SessionEntry> clients,
    FrozenView<SessionName, SessionEntry> routers) : ICheckpointSource
{
    // The next item to be written, looked at ahead so that the last chunk knows that it is the last.
    private ShardCheckpointItem? _next = ShardCheckpointItem.Standing;

    /// <inheritdoc/>
    public bool WriteNext(ByteWriter chunk, int bytesTarget)
    {
        int before = chunk.Length;
        do
        {
            WriteItem(chunk);
            _next = Advance();
        }
        while (_next is not null && chunk.Length - before < bytesTarget);

        return _next is not null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        data.Close();
        clients.Close();
        routers.Close();
    }

    private void WriteItem(ByteWriter chunk)
    {
        Invariant.Check(_next is not null, $"a checkpoint is read beyond its end");
        chunk.Byte((byte)_next.Value);
        switch (_next.Value)
        {
            case ShardCheckpointItem.Standing:
                chunk.Raw(standing);
                break;
            case ShardCheckpointItem.Key:
                KeyTable.Write(chunk, data.Current.Value);
                break;
            case ShardCheckpointItem.ClientSession:
                SessionTable.Write(chunk, clients.Current.Value);
                break;
            case ShardCheckpointItem.RouterSession:
                SessionTable.Write(chunk, routers.Current.Value);
                break;
        }
    }

    private ShardCheckpointItem? Advance() =>
        _next <= ShardCheckpointItem.Key && data.MoveNext() ? ShardCheckpointItem.Key
        : _next <= ShardCheckpointItem.ClientSession && clients.MoveNext() ? ShardCheckpointItem.ClientSession
        : routers.MoveNext() ? ShardCheckpointItem.RouterSession
        : null;
}
