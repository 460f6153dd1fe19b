using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Shards;

/// <summary>Items of one kind of a checkpoint, gone through once.</summary>
internal sealed class CheckpointPart
{
    private readonly int _depth;
    private readonly ShardCheckpointItem _kind;
    private readonly Func<bool> _moveNext;
    private readonly Action<ByteWriter> _write;

    private CheckpointPart(
        int depth, ShardCheckpointItem kind, Func<bool> moveNext, Action<ByteWriter> write, Action close)
    {
        _depth = depth;
        _kind = kind;
        _moveNext = moveNext;
        _write = write;
        Close = close;
    }

    /// <summary>Closes the view that it goes through.</summary>
    internal Action Close { get; }

    /// <summary>One item, as it is.</summary>
    internal static CheckpointPart Of(int depth, ShardCheckpointItem kind, byte[] item)
    {
        bool isLeft = true;
        return new CheckpointPart(depth, kind, Next, writer => writer.Raw(item), static () => { });

        bool Next()
        {
            bool was = isLeft;
            isLeft = false;
            return was;
        }
    }

    /// <summary>Every value of a frozen table.</summary>
    internal static CheckpointPart Of<TKey, TValue>(
        int depth, ShardCheckpointItem kind, FrozenView<TKey, TValue> view, Action<ByteWriter, TValue> write)
        where TKey : notnull =>
        new(depth, kind, view.MoveNext, writer => write(writer, view.Current.Value), view.Close);

    /// <summary>Moves to the next item; false after the last.</summary>
    internal bool MoveNext() => _moveNext();

    /// <summary>Writes the item, behind one mark for each copy within a copy that it belongs to.</summary>
    internal void Write(ByteWriter chunk)
    {
        for (int level = 0; level < _depth; level++)
        {
            chunk.Byte((byte)ShardCheckpointItem.Staged);
        }

        chunk.Byte((byte)_kind);
        _write(chunk);
    }
}
