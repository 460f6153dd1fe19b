using System.Buffers;
using System.Text;
using OrleansShards.MaelstromGateway.Network;

namespace OrleansShards.Tests.MaelstromGateway.Network;

public sealed class SegmentTextTests
{
    public static TheoryData<string, string> Texts => new()
    {
        { "opening", """{"type":"orleans","from":"a"}""" },
        { "data", """{"type":"orleans","from":"a","to":"b","at":7,"data":"AQID","next":9,"room":10}""" },
        { "end", """{"type":"orleans","from":"a","to":"b","at":7,"end":true,"next":9,"room":10}""" },
        { "asking", """{"type":"orleans","from":"a","to":"b","next":9,"room":10,"held":[12,20],"asks":true}""" },
        { "reset", """{"type":"orleans","from":"a","to":"b","reset":true}""" },
        { "refusal", """{"type":"orleans","to":"b","reset":true}""" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Write_ASegment_IsThisLineAndIsReadAgain(string what, string body)
    {
        Segment segment = SegmentOf(what);
        ArrayBufferWriter<byte> line = new();

        SegmentText.Write(line, "n0", "n1", segment);

        Assert.Equal($$"""{"src":"n0","dest":"n1","body":{{body}}}""" + "\n", Encoding.UTF8.GetString(line.WrittenSpan));
        AssertSame(segment, Read(line.WrittenSpan));
    }

    [Fact]
    public void Read_AnyOrderAndUnknownFields_IsTheSame()
    {
        Segment read = Read(
            """
            {"body":{"x":{"y":[1]},"room":10,"to":"b","next":9,"data":"AQID","at":7,"from":"a","type":"orleans"},
            "id":5,"dest":"n1","src":"n0"}
            """u8);

        AssertSame(SegmentOf("data"), read);
    }

    [Theory]
    [InlineData("""{"src":"n0","dest":"n1","body":{"type":"write","value":"orleans"}}""")]
    [InlineData("""{"src":"n0","dest":"n1","body":{"type":"orleans","at":-1}}""")]
    [InlineData("""{"src":"n0","dest":"n1","body":{"type":"orleans","data":"?"}}""")]
    [InlineData("""{"src":"n0","dest":"n1","body":{"type":"orleans","end":1}}""")]
    [InlineData("""{"src":"n0","dest":"n1","body":["orleans"]}""")]
    [InlineData("""{"src":"n0","dest":"n1","body":{"type":"orleans",""")]
    [InlineData("""["orleans"]""")]
    public void Read_AnythingElse_IsNotTaken(string line) =>
        Assert.False(SegmentText.TryRead(Encoding.UTF8.GetBytes(line), out _, out _, out _));

    [Fact]
    public void Write_TheLongestSegment_IsNotLongerThanSaid()
    {
        StreamLimits limits = new();
        ArrayBufferWriter<byte> line = new();
        SegmentText.Write(line, "n0", "n1", new Segment
        {
            From = new string('f', 16),
            To = new string('f', 16),
            Data = new byte[limits.SegmentBytesMax],
            Held = [.. Enumerable.Range(0, limits.SegmentsMax).Select(static place => long.MaxValue - place)],
        });

        Assert.InRange(line.WrittenCount, limits.SegmentBytesMax, SegmentText.LineBytesMax);
    }

    private static Segment SegmentOf(string what) => what switch
    {
        "opening" => new Segment { From = "a" },
        "data" => Open() with { At = 7, Data = new byte[] { 1, 2, 3 } },
        "end" => Open() with { At = 7, IsEnd = true },
        "asking" => Open() with { Held = [12, 20], Asks = true },
        "reset" => new Segment { From = "a", To = "b", IsReset = true },
        "refusal" => new Segment { To = "b", IsReset = true },
        _ => throw new ArgumentException(what, nameof(what)),
    };

    private static Segment Open() => new() { From = "a", To = "b", Next = 9, Room = 10 };

    private static Segment Read(ReadOnlySpan<byte> line)
    {
        Assert.True(SegmentText.TryRead(line, out string source, out string destination, out Segment segment));
        Assert.Equal(("n0", "n1"), (source, destination));
        return segment;
    }

    // Memory and lists compare by reference.
    private static void AssertSame(Segment expected, Segment seen)
    {
        Assert.Equal(expected.Data.ToArray(), seen.Data.ToArray());
        Assert.Equal(expected.Held, seen.Held);
        Assert.Equal(expected with { Data = default, Held = [] }, seen with { Data = default, Held = [] });
    }
}
