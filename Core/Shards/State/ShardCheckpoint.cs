using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>The kinds of item in a checkpoint. Persisted: values are append-only.</summary>
internal enum ShardCheckpointItem
{
    /// <summary>The ownership and the tables' counters; comes first, once.</summary>
    Ownership = 1,

    /// <summary>A key with its value.</summary>
    Key = 2,

    /// <summary>A client's session.</summary>
    ClientSession = 3,

    /// <summary>A router's session.</summary>
    RouterSession = 4,

    /// <summary>How far a move is received; comes after all of the above, once.</summary>
    Staging = 5,

    /// <summary>The item behind it belongs to what is received.</summary>
    Staged = 6,
}

/// <summary>A shard's state as it was when it was frozen, handed out chunk by chunk while the shard goes on serving.</summary>
internal sealed class ShardCheckpoint : ICheckpointSource
{
    private readonly IReadOnlyList<CheckpointPart> _parts;
    private int _part;

    /// <summary>Goes through the parts in their order.</summary>
    internal ShardCheckpoint(IReadOnlyList<CheckpointPart> parts)
    {
        _parts = parts;
        Advance();
    }

    private bool HasItem => _part < _parts.Count;

    /// <inheritdoc/>
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

        // The next item is looked at ahead, so that the last chunk knows that it is the last.
        return HasItem;
    }

    /// <inheritdoc/>
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
            chunk.Byte((byte)ShardCheckpointItem.Staged);

        chunk.Byte((byte)_kind);
        _write(chunk);
    }
}
