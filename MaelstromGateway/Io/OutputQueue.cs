namespace OrleansShards.MaelstromGateway.Io;

/// <summary>
/// What is to be written to stdout, from whoever has it to the thread that writes. Never makes the former wait: that is
/// for the budget, which lets nothing new begin while <see cref="IsFull"/>. Thread-safe.
/// </summary>
/// <param name="bytesMax">From how many bytes on it is full.</param>
internal sealed class OutputQueue(long bytesMax)
{
    // An array that a very long reply needed is not kept for the short ones.
    private const int KeptBytesMax = 1_048_576;
    private const int FirstBytes = 65_536;

    private readonly object _gate = new();
    private byte[] _filling = new byte[FirstBytes];
    private byte[] _writing = new byte[FirstBytes];
    private int _filled;
    private long _pending;
    private bool _completed;
    private bool _broken;
    private Action? _room;

    /// <summary>Whether nothing more should be begun that ends in a reply.</summary>
    internal bool IsFull => Volatile.Read(ref _pending) >= bytesMax;

    /// <summary>Adds bytes; nothing more is kept once nobody takes them.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_broken)
                return;

            Grow(_filled + (long)bytes.Length);
            bytes.CopyTo(_filling.AsSpan(_filled));
            _filled += bytes.Length;
            _pending += bytes.Length;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Has <paramref name="room"/> called once, by another thread, when it is no longer full; at once if it is
    /// not.</summary>
    internal void WhenRoom(Action room)
    {
        lock (_gate)
        {
            if (IsFull)
            {
                _room = room;
                return;
            }
        }

        room();
    }

    /// <summary>Nothing more will be added.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes all there is, waiting for it; empty at the end. Good until the next call.</summary>
    internal ReadOnlyMemory<byte> Take()
    {
        lock (_gate)
        {
            while (_filled == 0 && !_completed)
                Monitor.Wait(_gate);

            byte[] spare = _writing.Length > KeptBytesMax ? new byte[FirstBytes] : _writing;
            (_writing, _filling) = (_filling, spare);
            int taken = _filled;
            _filled = 0;
            return _writing.AsMemory(0, taken);
        }
    }

    /// <summary>What was taken has been written.</summary>
    internal void Written(int bytes)
    {
        Action? room = null;
        lock (_gate)
        {
            _pending -= bytes;
            if (!IsFull)
                (room, _room) = (_room, null);
        }

        room?.Invoke();
    }

    /// <summary>Nobody will take anything any more.</summary>
    internal void Break()
    {
        Action? room;
        lock (_gate)
        {
            _broken = true;
            _completed = true;
            _filled = 0;
            _pending = 0;
            (room, _room) = (_room, null);
        }

        room?.Invoke();
    }

    private void Grow(long needed)
    {
        if (needed > _filling.Length)
            Array.Resize(ref _filling, (int)Math.Min(Array.MaxLength, Math.Max(needed, _filling.Length * 2L)));
    }
}
