namespace OrleansShards.MaelstromGateway.Io;

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
