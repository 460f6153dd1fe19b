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
        while (_buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n') is var feed and >= 0)
        {
            Take(_scanned + feed);
            _start = _scanned = _scanned + feed + 1;
        }

        // A line that is too long already is reported once, and skipped as it comes.
        _scanned = _end;
        if (!_skipping && _end - _start > lineBytesMax)
        {
            sink.OnTooLong(_buffer.AsSpan(_start, Math.Min(BeginningBytes, _end - _start)));
            _skipping = true;
        }

        if (_skipping)
            _start = _end;

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

    private void MakeRoom()
    {
        int kept = _end - _start;

        // One byte more than the longest line suffices to see that a line is too long.
        byte[] next = kept == 0 && _buffer.Length > BufferBytes ? new byte[BufferBytes]
            : _buffer.Length - kept < BufferBytes / 2 ? new byte[Math.Min(_buffer.Length * 2L, (long)lineBytesMax + BufferBytes)]
            : _buffer;
        _buffer.AsSpan(_start, kept).CopyTo(next);
        (_buffer, _scanned, _start, _end) = (next, _scanned - _start, 0, kept);
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
