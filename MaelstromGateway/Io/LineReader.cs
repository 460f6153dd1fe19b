namespace OrleansShards.MaelstromGateway.Io;

/// <summary>Cuts a stream into lines, in one buffer that grows for a long line and shrinks again.</summary>
/// <param name="input">The stream.</param>
/// <param name="lineBytesMax">The longest line that is handed over, without its line feed.</param>
/// <param name="sink">Who takes the lines.</param>
internal sealed class LineReader(Stream input, int lineBytesMax, ILineSink sink)
{
    // What a pipe holds at most by default, so that a full one is emptied at once.
    private const int BufferBytes = 65_536;
    private const int BeginningBytes = 100;

    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _scanned;
    private int _end;
    private bool _skipping;

    /// <summary>Reads on, waiting if nothing is there; false at the end. What was read is handed over by
    /// <see cref="Deliver"/>.</summary>
    internal bool Read()
    {
        MakeRoom();
        int read = input.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }

    /// <summary>Hands over the lines that are complete.</summary>
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

        sink.Pause();
    }

    /// <summary>Hands over what stands behind the last line feed: at the end of input that is a line too.</summary>
    internal void DeliverLast()
    {
        if (_end > _start)
            Take(_end);

        _start = _scanned = _end;
        sink.Pause();
    }

    private void Take(int end)
    {
        int length = end - _start;
        if (_skipping)
            _skipping = false;
        else if (length > lineBytesMax)
            sink.TooLong(_buffer.AsSpan(_start, BeginningBytes));
        else
            sink.Line(_buffer.AsMemory(_start, length));
    }

    private void SkipIfTooLong()
    {
        if (!_skipping && _end - _start > lineBytesMax)
        {
            sink.TooLong(_buffer.AsSpan(_start, Math.Min(BeginningBytes, _end - _start)));
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
            // One byte beyond the longest line is enough to see that it is too long.
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

/// <summary>Takes the lines that a <see cref="LineReader"/> finds, on its thread.</summary>
internal interface ILineSink
{
    /// <summary>A line without its line feed, up to the longest allowed. Its memory is good until this
    /// returns.</summary>
    void Line(ReadOnlyMemory<byte> line);

    /// <summary>A line was longer than allowed, and is being skipped.</summary>
    /// <param name="beginning">How it begins.</param>
    void TooLong(ReadOnlySpan<byte> beginning);

    /// <summary>All that has arrived so far has been handed over; what comes next may take a while.</summary>
    void Pause();
}
