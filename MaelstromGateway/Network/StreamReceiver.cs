namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// The receiving side of a stream: puts segments in order, whatever comes late, twice or not at all. What it hands out has no gap and no
/// byte twice. It keeps no more than the window. No clock and no lock.
/// </summary>
internal sealed class StreamReceiver(StreamLimits limits)
{
    private readonly SortedList<long, (ReadOnlyMemory<byte> Data, bool IsEnd)> _early = [];
    private readonly Queue<ReadOnlyMemory<byte>> _arrived = [];
    private int _unread;

    /// <summary>The first place that has not arrived in order.</summary>
    internal long Next { get; private set; }

    /// <summary>Whether the peer's end has arrived in order.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>How many bytes from <see cref="Next"/> on are accepted.</summary>
    internal int Room => limits.ReceiveBytesMax - _unread;

    /// <summary>The places of the segments behind a gap.</summary>
    internal IReadOnlyList<long> Held => _early.Count == 0 ? [] : [.. _early.Keys];

    internal void Receive(long at, ReadOnlyMemory<byte> data, bool isEnd)
    {
        if (at > Next)
        {
            if (at + data.Length <= Next + Room && _early.Count < limits.SegmentsMax)
                _early.TryAdd(at, (data, isEnd));

            return;
        }

        Append(at, data, isEnd);
        while (_early.Count > 0 && _early.GetKeyAtIndex(0) <= Next)
        {
            (long early, (ReadOnlyMemory<byte> bytes, bool ends)) = (_early.GetKeyAtIndex(0), _early.GetValueAtIndex(0));
            _early.RemoveAt(0);
            Append(early, bytes, ends);
        }
    }

    /// <summary>Takes what has arrived in order; it counts against the window until <see cref="OnConsumed"/>.</summary>
    internal bool TryRead(out ReadOnlyMemory<byte> bytes) => _arrived.TryDequeue(out bytes);

    internal void OnConsumed(int bytes) => _unread -= bytes;

    private void Append(long at, ReadOnlyMemory<byte> data, bool isEnd)
    {
        long known = Next - at;
        if (HasEnded || known > data.Length || data.Length - known > Room)
            return;

        ReadOnlyMemory<byte> news = data[(int)known..];
        if (!news.IsEmpty)
        {
            _arrived.Enqueue(news);
            _unread += news.Length;
            Next += news.Length;
        }

        if (isEnd)
        {
            HasEnded = true;
            Next++;
        }
    }
}
