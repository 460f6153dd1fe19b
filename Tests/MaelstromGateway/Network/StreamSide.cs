using OrleansShards.MaelstromGateway.Network;

namespace OrleansShards.Tests.MaelstromGateway.Network;

/// <summary>
/// Who writes and reads at one side of a connection, in pieces of any size and at any time, and the dumb model of it: what was written, and
/// what was read.
/// </summary>
internal sealed class StreamSide(StreamConnection stream, int seed, int length)
{
    private const int PieceBytesMax = 40_000;

    private readonly byte[] _content = ContentOf(seed, length);
    private readonly List<byte> _read = [];
    private int _written;
    private int _unconsumed;
    private bool _hasEnded;

    internal StreamConnection Stream => stream;

    /// <summary>All that is or will be written.</summary>
    internal ReadOnlySpan<byte> Content => _content;

    internal bool HasWrittenAll => _written == _content.Length;

    /// <summary>Whether there was ever no room for a byte more.</summary>
    internal bool WasFull { get; private set; }

    /// <summary>All that was read so far.</summary>
    internal ReadOnlySpan<byte> Read => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_read);

    /// <summary>Writes a piece, or reads what there is, or neither.</summary>
    internal void Act(Random draws, long now)
    {
        Take();
        if (draws.Next(4) == 0)
            Write(draws.Next(PieceBytesMax));

        if (draws.Next(20) != 0)
            return;

        stream.OnConsumed(_unconsumed, now);
        _unconsumed = 0;
    }

    private void Write(int most)
    {
        WasFull |= stream.Room == 0;
        int length = Math.Min(Math.Min(most, stream.Room), _content.Length - _written);
        stream.Write(_content.AsSpan(_written, length));
        _written += length;
        if (HasWrittenAll && !_hasEnded)
        {
            _hasEnded = true;
            stream.EndWriting();
        }
    }

    private void Take()
    {
        while (stream.TryRead(out ReadOnlyMemory<byte> bytes))
        {
            _read.AddRange(bytes.Span);
            _unconsumed += bytes.Length;
        }
    }

    private static byte[] ContentOf(int seed, int length)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }
}
