using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>
/// Frames over a socket: four bytes of length, then the bytes. Reading blocks its thread; writing is done by a thread
/// of its own, so that whoever sends never waits for a slow reader.
/// </summary>
internal sealed class FrameStream : IDisposable
{
    // A snapshot of a request's own limit, and room for what is around it.
    private const int FrameBytesMax = 1 << 30;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly BlockingCollection<byte[]> _outgoing = [];
    private readonly Thread _writer;

    internal FrameStream(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "frames out" };
        _writer.Start();
    }

    /// <summary>Sends a frame, or drops it where the connection is gone. Any thread.</summary>
    internal void Send(byte[] frame)
    {
        if (!_outgoing.IsAddingCompleted)
        {
            try
            {
                _outgoing.Add(frame);
            }
            catch (InvalidOperationException)
            {
                // Closed in between: the same as if it had been closed before.
            }
        }
    }

    /// <summary>The next frame; null when the other side is gone.</summary>
    internal byte[]? Receive()
    {
        try
        {
            Span<byte> header = stackalloc byte[sizeof(int)];
            _stream.ReadExactly(header);
            int length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length is < 0 or > FrameBytesMax)
            {
                return null;
            }

            byte[] frame = new byte[length];
            _stream.ReadExactly(frame);
            return frame;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>
    /// Closes the connection; what was sent before goes out first, as far as the other side takes it.
    /// </summary>
    public void Dispose()
    {
        _outgoing.CompleteAdding();
        if (Thread.CurrentThread != _writer)
        {
            _writer.Join(TimeSpan.FromSeconds(1));
        }

        _stream.Dispose();
    }

    private void WriteAll()
    {
        try
        {
            foreach (byte[] frame in _outgoing.GetConsumingEnumerable())
            {
                Write(frame);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            _outgoing.CompleteAdding();
            _socket.Close();
        }
    }

    private void Write(byte[] frame)
    {
        Span<byte> header = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(header, frame.Length);
        if (frame.Length <= 8192)
        {
            // One write, one packet, one wake-up of the reader.
            Span<byte> whole = stackalloc byte[sizeof(int) + frame.Length];
            header.CopyTo(whole);
            frame.CopyTo(whole[sizeof(int)..]);
            _stream.Write(whole);
            return;
        }

        _stream.Write(header);
        _stream.Write(frame);
    }
}
