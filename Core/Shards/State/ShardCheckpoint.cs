using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>The kinds of item in a checkpoint. Persisted: values are append-only.</summary>
internal enum ShardCheckpointItem
{
    /// <summary>The ownership and the tables' counters; comes first, once.</summary>
    Ownership = 1,

    Key = 2,
    ClientSession = 3,
    RouterSession = 4,

    /// <summary>How much of a move is received; comes after all of the above, once.</summary>
    Staging = 5,

    /// <summary>A mark: the next item belongs to the replica that is received.</summary>
    Staged = 6,
}

/// <summary>A shard's state at the moment of the freeze, written chunk by chunk while the shard continues to serve.</summary>
internal sealed class ShardCheckpoint : ICheckpointSource
{
    private readonly List<CheckpointPart> _parts;
    private int _part;

    internal ShardCheckpoint(List<CheckpointPart> parts)
    {
        _parts = parts;
        Advance();
    }

    private bool HasItem => _part < _parts.Count;

    public bool WriteNext(ByteWriter chunk, int bytesTarget)
    {
        Invariant.Check(HasItem, $"a checkpoint is read beyond its end");
        int before = chunk.Length;
        do
        {
            _parts[_part].Write(chunk);
            Advance();
        }
        while (HasItem && chunk.Length - before < bytesTarget);

        // The next item was fetched ahead, so that the last chunk is known to be the last.
        return HasItem;
    }

    public void Dispose()
    {
        foreach (CheckpointPart part in _parts)
            part.Close();
    }

    private void Advance()
    {
        while (HasItem && !_parts[_part].MoveNext())
            _part++;
    }
}

/// <summary>The items of one kind in a checkpoint, enumerated once; <c>Depth</c> is the number of received replicas around them.</summary>
internal sealed record CheckpointPart(
    int Depth, ShardCheckpointItem Kind, Func<bool> MoveNext, Action<ByteWriter> WriteItem, Action Close)
{
    internal static CheckpointPart Of(int depth, ShardCheckpointItem kind, byte[] item)
    {
        int left = 1;
        return new CheckpointPart(depth, kind, () => left-- > 0, writer => writer.Raw(item), static () => { });
    }

    internal static CheckpointPart Of<TKey, TValue>(
        int depth, ShardCheckpointItem kind, FrozenView<TKey, TValue> view, Action<ByteWriter, TValue> write)
        where TKey : notnull =>
        new(depth, kind, view.MoveNext, writer => write(writer, view.Current.Value), view.Close);

    /// <summary>Writes the item behind one mark for each level.</summary>
    internal void Write(ByteWriter chunk)
    {
        for (int level = 0; level < Depth; level++)
            chunk.Byte((byte)ShardCheckpointItem.Staged);

        chunk.Byte((byte)Kind);
        WriteItem(chunk);
    }
}
