using OrleansShards.Tests.MaelstromGateway.Scenarios;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>What counts as a request, and how its reply is wrapped.</summary>
public sealed class EnvelopeTests
{
    private const string Absent = "\"code\":20,\"text\":\"the key does not exist\"}}";

    [Theory]
    [InlineData("""{"body":{"key":1,"msg_id":7,"type":"read"},"dest":"n1","id":99,"src":"c1"}""")]
    [InlineData("""  { "src" : "c1" , "dest" : "n1" , "body" : { "type" : "read" , "msg_id" : 7 , "key" : 1 } }  """)]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":7.0,"key":1,"more":[{}]},"other":null}""")]
    [InlineData("""{"\u0073rc":"\u00631","dest":"\u006e1","body":{"ty\u0070e":"re\u0061d","msg_id":7e0,"key":1}}""")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":7,"key":1,"in_reply_to":null}}""")]
    public void Read_AnySpellingOfARequest_IsAnswered(string line)
    {
        Assert.Equal(
            """{"src":"n1","dest":"c1","body":{"type":"error","in_reply_to":7,"msg_id":1,""" + Absent,
            GatewayHarness.Answer(line));
    }

    [Theory]
    [InlineData("-3")]
    [InlineData("0")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    public void Read_MessageIdOf64Bits_IsAnsweredTo(string id)
    {
        string line = $$$"""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":{{{id}}},"key":1}}""";

        Assert.Contains($"\"in_reply_to\":{id},", GatewayHarness.Answer(line), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello", "not a JSON object")]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":7,"key":1}} x""", "not a JSON object")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":7,"key":1}""", "not a JSON object")]
    [InlineData("""{"dest":"n1","body":{"type":"read","msg_id":7,"key":1}}""", "\"src\" is missing")]
    [InlineData(
        """{"src":5,"dest":"n1","body":{"type":"read","msg_id":7,"key":1}}""",
        "\"src\" is missing or not a string")]
    [InlineData("""{"src":"c1","body":{"type":"read","msg_id":7,"key":1}}""", "\"dest\" is missing")]
    [InlineData(
        """{"src":"c1","dest":null,"body":{"type":"read","msg_id":7,"key":1}}""",
        "\"dest\" is missing or not a string")]
    [InlineData("""{"src":"c1","dest":"n1"}""", "\"body\" is missing")]
    [InlineData("""{"src":"c1","dest":"n1","body":"read"}""", "\"body\" is missing or not an object")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":"7","key":1}}""", "\"msg_id\" is not a 64-bit integer")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":1.5,"key":1}}""", "\"msg_id\" is not a 64-bit integer")]
    [InlineData(
        """{"src":"c1","dest":"n1","body":{"type":"read","msg_id":null,"key":1}}""",
        "\"msg_id\" is not a 64-bit integer")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":9223372036854775808,"key":1}}""", "is not a 64-bit integer")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"key":1}}""", "\"type\" is missing")]
    [InlineData("""{"src":"c1","src":"c2","dest":"n1","body":{"type":"read","msg_id":7,"key":1}}""", "duplicate key")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"read","msg_id":7,"msg_id":8,"key":1}}""", "duplicate key")]
    public void Read_NothingThatCouldBeAnswered_IsReportedAndSkipped(string line, string complaint)
    {
        using var harness = new GatewayHarness();
        string good = GatewayHarness.Line("c1", "write", 8, "\"key\":1,\"value\":2");

        string[] lines = harness.Send(GatewayHarness.Init, line, good).End();

        Assert.Equal(["init_ok", "write_ok"], lines.Select(Reply.TypeOf));
        Assert.Contains("warning: line 2 is skipped: ", harness.Errors.Text, StringComparison.Ordinal);
        Assert.Contains(complaint, harness.Errors.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"write","msg_id":7,"key":1,"value":{"a":1,"a":2}}}""")]
    [InlineData("""{"src":"c1","dest":"n1","body":{"type":"write","msg_id":7,"key":1,"key":2,"value":1}}""")]
    [InlineData("""{"body":{"value":{"a":1,"\u0061":2},"type":"write","msg_id":7,"key":1},"src":"c1","dest":"n1"}""")]
    public void Read_ANameTwiceThatLeavesTheSenderClear_IsError12(string line)
    {
        string answer = GatewayHarness.Answer(line);

        Assert.StartsWith(
            """{"src":"n1","dest":"c1","body":{"type":"error","in_reply_to":7,"msg_id":1,"code":12,""", answer,
                StringComparison.Ordinal);
        Assert.Contains("duplicate key", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BytesThatAreNoUtf8InAValue_IsError12()
    {
        using var harness = new GatewayHarness();
        harness.Send(GatewayHarness.Init);
        harness.Input.Feed("""{"src":"c1","dest":"n1","body":{"type":"write","msg_id":7,"key":1,"value":" """);
        harness.Input.Feed([0xC3, 0x28]);
        harness.Send("\"}}");

        Assert.Contains("not valid UTF-8", harness.End()[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, "write_ok")]
    [InlineData(65, "error")]
    [InlineData(100_000, "error")]
    public void Read_DepthOfAValue_IsBounded(int depth, string type)
    {
        string value = new string('[', depth) + new string(']', depth);
        string answer = GatewayHarness.Answer(GatewayHarness.Line("c1", "write", 7, $"\"key\":1,\"value\":{value}"));

        Assert.Equal(type, Reply.TypeOf(answer));
        Assert.Equal(type == "error", answer.Contains("\"code\":12,", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_AReply_IsIgnoredWithoutAWord()
    {
        using var harness = new GatewayHarness();
        const string Stray =
            """{"src":"c1","dest":"n1","body":{"type":"read_ok","msg_id":3,"in_reply_to":77,"value":1}}""";

        Assert.Single(harness.Send(GatewayHarness.Init, Stray).End());
        Assert.Empty(GatewayNotice.Without(harness.Errors.Text));
    }

    [Fact]
    public void Read_ARequestWithoutMessageId_IsCarriedOutAndNotAnswered()
    {
        using var harness = new GatewayHarness();
        const string Silent = """{"src":"c1","dest":"n1","body":{"type":"write","key":1,"value":"quiet"}}""";

        string[] lines = harness.Send(GatewayHarness.Init, Silent, GatewayHarness.Line("c1", "read", 2, "\"key\":1"))
            .End();

        Assert.Equal(
            """{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":2,"msg_id":1,"value":"quiet"}}""",
                lines[1]);
    }

    [Fact]
    public void Read_NoTypeButAMessageId_IsError12()
    {
        string answer = GatewayHarness.Answer("""{"src":"c1","dest":"n1","body":{"msg_id":7,"type":5}}""");

        Assert.Contains(
            "\"code\":12,\"text\":\"the field \\\"type\\\" is 5; expected a string\"", answer,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NamesThatNeedEscapes_ComeBackAsTheSameNames()
    {
        string answer =
            GatewayHarness.Answer("""{"src":"c\"\u00e9\n","dest":"n1","body":{"type":"nope","msg_id":7}}""");

        Assert.StartsWith("""{"src":"n1","dest":"c\"é\n","body":{""", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":10,", answer, StringComparison.Ordinal);
    }
}
