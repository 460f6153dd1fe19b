namespace OrleansShards.MaelstromGateway.Io;

/// <summary>Splits a stream into lines of up to <paramref name="lineBytesMax"/> without the line feed, in one growing buffer.</summary>
internal sealed class LineReader(Stream input, int lineBytesMax, ILineSink sink)
{
    // The default capacity of a pipe: one read empties a full one.
    private const int BufferBytes = 65_536;
    private const int BeginningBytes = 100;

    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _scanned;
    private int _end;
    private bool _skipping;

    /// <summary>Reads more, waiting for input; false at its end. <see cref="Deliver"/> delivers what was read.</summary>
    internal bool Read()
    {
        MakeRoom();
        int read = input.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }

    /// <summary>Delivers the lines that are complete.</summary>
    internal void Deliver()
    {
        while (true)
        {
            int feed = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (feed < 0)
            {
                _scanned = _end;
                SkipIfTooLong();
                break;
            }

            Take(_scanned + feed);
            _start = _scanned = _scanned + feed + 1;
        }

        sink.OnPause();
    }

    /// <summary>Delivers what follows the last line feed: at the end of input that is a line too.</summary>
    internal void DeliverLast()
    {
        if (_end > _start)
            Take(_end);

        _start = _scanned = _end;
        sink.OnPause();
    }

    private void Take(int end)
    {
        int length = end - _start;
        if (_skipping)
            _skipping = false;
        else if (length > lineBytesMax)
            sink.OnTooLong(_buffer.AsSpan(_start, BeginningBytes));
        else
            sink.OnLine(_buffer.AsMemory(_start, length));
    }

    private void SkipIfTooLong()
    {
        if (!_skipping && _end - _start > lineBytesMax)
        {
            sink.OnTooLong(_buffer.AsSpan(_start, Math.Min(BeginningBytes, _end - _start)));
            _skipping = true;
        }

        if (_skipping)
            _start = _scanned = _end;
    }

    private void MakeRoom()
    {
        int kept = _end - _start;
        if (kept == 0 && _buffer.Length > BufferBytes)
        {
            _buffer = new byte[BufferBytes];
        }
        else if (_buffer.Length - kept < BufferBytes / 2)
        {
            // One byte more than the longest line suffices to see that a line is too long.
            int size = (int)Math.Min(_buffer.Length * 2L, Math.Max(BufferBytes, (long)lineBytesMax + BufferBytes));
            byte[] larger = new byte[size];
            _buffer.AsSpan(_start, kept).CopyTo(larger);
            _buffer = larger;
        }
        else if (kept > 0)
        {
            _buffer.AsSpan(_start, kept).CopyTo(_buffer);
        }

        _scanned -= _start;
        _start = 0;
        _end = kept;
    }
}

/// <summary>Takes the lines of a <see cref="LineReader"/>, on its thread.</summary>
internal interface ILineSink
{
    /// <summary>A line without its line feed, up to the longest allowed. Its memory is valid until this returns.</summary>
    void OnLine(ReadOnlyMemory<byte> line);

    /// <summary>A line that starts with <paramref name="beginning"/> is longer than allowed, and is skipped.</summary>
    void OnTooLong(ReadOnlySpan<byte> beginning);

    /// <summary>All that has arrived so far has been delivered; the next input may take a while.</summary>
    void OnPause();
}
