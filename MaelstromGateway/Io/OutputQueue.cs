using System.Buffers;

namespace OrleansShards.MaelstromGateway.Io;

/// <summary>
/// The bytes for stdout, between the threads that append them and the one that writes. Appending never waits; instead the front end begins
/// nothing new while <see cref="IsFull"/>, from <paramref name="bytesMax"/> on. Thread-safe.
/// </summary>
internal sealed class OutputQueue(long bytesMax)
{
    // A buffer that grew for a very long reply is not kept.
    private const int KeptBytesMax = 1_048_576;
    private const int FirstBytes = 65_536;

    private readonly object _gate = new();
    private ArrayBufferWriter<byte> _filling = new(FirstBytes);
    private ArrayBufferWriter<byte> _writing = new(FirstBytes);
    private long _pending;
    private bool _completed;
    private bool _broken;
    private Action? _room;

    /// <summary>Whether no request should be begun, as its reply would wait for the consumer of stdout.</summary>
    internal bool IsFull => Volatile.Read(ref _pending) >= bytesMax;

    /// <summary>How many bytes are appended and not written.</summary>
    internal long PendingBytes => Volatile.Read(ref _pending);

    /// <summary>Appends bytes, or drops them if the output has failed.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_broken)
                return;

            _filling.Write(bytes);
            _pending += bytes.Length;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Calls <paramref name="room"/> once when the queue is not full: at once, or later by the writing thread.</summary>
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

    /// <summary>Nothing more will be appended.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what is appended until the queue is completed and empty, or the output fails.</summary>
    internal void WriteTo(Stream output, Action<Exception> onBroken)
    {
        try
        {
            for (var bytes = Take(); !bytes.IsEmpty; bytes = Take())
            {
                output.Write(bytes.Span);
                output.Flush();
                Release(bytes.Length, isBroken: false);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Release(0, isBroken: true);
            onBroken(error);
        }
    }

    /// <summary>Waits for bytes and takes all; empty at the end. Valid until the next call.</summary>
    private ReadOnlyMemory<byte> Take()
    {
        lock (_gate)
        {
            while (_filling.WrittenCount == 0 && !_completed)
                Monitor.Wait(_gate);

            ArrayBufferWriter<byte> spare = _writing.Capacity > KeptBytesMax ? new(FirstBytes) : _writing;
            spare.ResetWrittenCount();
            (_writing, _filling) = (_filling, spare);
            return _writing.WrittenMemory;
        }
    }

    private void Release(int bytes, bool isBroken)
    {
        Action? room = null;
        lock (_gate)
        {
            _broken = isBroken;
            _pending = isBroken ? 0 : _pending - bytes;
            if (!IsFull)
                (room, _room) = (_room, null);
        }

        room?.Invoke();
    }
}
