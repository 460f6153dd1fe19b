using System.Text;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>Where lines end, however they arrive.</summary>
public sealed class LineReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Deliver_AnyPieces_GivesTheSameLines(int pieceBytes)
    {
        string[] lines = ["a", "", "bc\r", new string('x', 70_000), "", "end"];

        Seen seen = Read(string.Join('\n', lines), pieceBytes, 1_000_000);

        Assert.Equal(lines, seen.Lines);
        Assert.Empty(seen.Long);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Deliver_ALineThatIsTooLong_IsSkippedToItsEnd(int pieceBytes)
    {
        Seen seen = Read($"a\n{new string('x', 11)}\n{new string('y', 10)}\n{new string('z', 9000)}\nb\n", pieceBytes,
            10);

        Assert.Equal(["a", "yyyyyyyyyy", "b"], seen.Lines);
        Assert.Equal(2, seen.Long.Count);
    }

    [Fact]
    public void DeliverLast_ALongRestWithoutFeed_IsReportedOnce()
    {
        Seen seen = Read($"a\n{new string('x', 100_000)}", 1000, 10);

        Assert.Equal(["a"], seen.Lines);
        Assert.Single(seen.Long);
    }

    [Fact]
    public void Deliver_LinesUpToTheLimit_ComeThroughWhole()
    {
        var random = new Random(7);
        string[] lines = [.. Enumerable.Range(0, 60).Select(_ => new string('q', random.Next(0, 300_000)))];

        Assert.Equal(lines, Read(string.Join('\n', lines) + "\n", 65_536, 300_000).Lines);
    }

    private static Seen Read(string text, int pieceBytes, int lineBytesMax)
    {
        using var feed = new FeedStream();
        foreach (char[] piece in text.Chunk(pieceBytes))
            feed.Feed(Encoding.UTF8.GetBytes(piece));

        feed.End();
        var seen = new Seen();
        var reader = new LineReader(feed, lineBytesMax, seen);
        while (reader.Read())
            reader.Deliver();

        reader.DeliverLast();
        return seen;
    }

    private sealed class Seen : ILineSink
    {
        internal List<string> Lines { get; } = [];

        internal List<string> Long { get; } = [];

        public void OnLine(ReadOnlyMemory<byte> line) => Lines.Add(Encoding.UTF8.GetString(line.Span));

        public void OnTooLong(ReadOnlySpan<byte> beginning) => Long.Add(Encoding.UTF8.GetString(beginning));

        public void OnPause()
        {
        }
    }
}
