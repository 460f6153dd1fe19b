using OrleansShards.Core.Bytes;
using OrleansShards.Core.Records;
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

    /// <summary>
    /// A slice of an item that is too large for a chunk: whether it is the last one, and bytes. All slices up to the last are the item.
    /// </summary>
    Slice = 7,
}

/// <summary>A shard's state at the moment of the freeze, written chunk by chunk while the shard continues to serve.</summary>
/// <remarks>
/// The store commits a chunk at once, and so does the target of a move: what clients write waits for it. So an item that would make a
/// chunk much larger than others is alone in its chunk, and a very large one is sliced.
/// </remarks>
internal sealed class ShardCheckpoint : ICheckpointSource
{
    // An item of so many chunks is not sliced yet. With chunks of 256 KiB that is more than the longest key and value by default, so that
    // the release before, which knows no slices, can read the checkpoints of a cluster with these limits.
    private const int SlicedAboveChunks = 5;

    private readonly List<CheckpointPart> _parts;
    private readonly ByteWriter _item = new();
    private int _written;
    private int _part;

    internal ShardCheckpoint(List<CheckpointPart> parts)
    {
        _parts = parts;
        Advance();
    }

    // The next item is known ahead, so that the last chunk is known to be the last.
    private bool HasItem => _part < _parts.Count;

    private int Unwritten => _item.Length - _written;

    public bool WriteNext(ByteWriter chunk, int bytesTarget)
    {
        Invariant.Check(HasItem || Unwritten > 0, $"a checkpoint is read beyond its end");
        int before = chunk.Length;
        do
        {
            if (Unwritten == 0)
                Fetch();

            if (_item.Length > (long)SlicedAboveChunks * bytesTarget)
                WriteSlice(chunk, Math.Min(Unwritten, bytesTarget));
            else if (_item.Length <= bytesTarget || chunk.Length == before)
                WriteWhole(chunk);
            else
                break;
        }
        while ((HasItem || Unwritten > 0) && chunk.Length - before < bytesTarget);

        return HasItem || Unwritten > 0;
    }

    public void Dispose()
    {
        foreach (CheckpointPart part in _parts)
            part.Close();
    }

    private void Fetch()
    {
        _item.Clear();
        _written = 0;
        _parts[_part].Write(_item);
        Advance();
    }

    private void WriteWhole(ByteWriter chunk)
    {
        chunk.Raw(_item.Written);
        _written = _item.Length;
    }

    private void WriteSlice(ByteWriter chunk, int bytes)
    {
        ReadOnlySpan<byte> slice = _item.Written.Slice(_written, bytes);
        _written += bytes;
        chunk.Byte((byte)ShardCheckpointItem.Slice);
        chunk.Bool(Unwritten == 0);
        chunk.Bytes(slice);
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

    internal static CheckpointPart Of(int depth, ShardCheckpointItem kind, FrozenRecords view, Action<ByteWriter, Record> write) =>
        new(depth, kind, view.MoveNext, writer => write(writer, view.Current), view.Close);

    /// <summary>Writes the item behind one mark for each level.</summary>
    internal void Write(ByteWriter chunk)
    {
        for (int level = 0; level < Depth; level++)
            chunk.Byte((byte)ShardCheckpointItem.Staged);

        chunk.Byte((byte)Kind);
        WriteItem(chunk);
    }
}
