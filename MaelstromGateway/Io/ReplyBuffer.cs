using System.Buffers;

namespace OrleansShards.MaelstromGateway.Io;

/// <summary>Replies as they are written, before they go to a queue together. For one thread at a time.</summary>
internal sealed class ReplyBuffer : IBufferWriter<byte>
{
    private const int FirstBytes = 65_536;
    private const int KeptBytesMax = 1_048_576;
    private const int RoomBytesMin = 256;

    private byte[] _bytes = new byte[FirstBytes];

    /// <summary>How much has been written since it was last emptied.</summary>
    internal int Count { get; private set; }

    /// <inheritdoc/>
    public void Advance(int count) => Count += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Count);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Count);
    }

    /// <summary>Takes back what was written beyond <paramref name="count"/> bytes.</summary>
    internal void Truncate(int count) => Count = count;

    /// <summary>Moves all to a queue.</summary>
    internal void MoveTo(OutputQueue queue)
    {
        if (Count > 0)
        {
            queue.Append(_bytes.AsSpan(0, Count));
            Count = 0;
        }

        if (_bytes.Length > KeptBytesMax)
            _bytes = new byte[FirstBytes];
    }

    private void Reserve(int sizeHint)
    {
        long needed = Count + (long)Math.Max(sizeHint, RoomBytesMin);
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, _bytes.Length * 2L)));
    }
}
