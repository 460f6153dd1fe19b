using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Cli;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>What happens before, at and after <c>init</c>.</summary>
public sealed class InitTests
{
    [Fact]
    public void Init_First_IsAnsweredAsTheSeedsHaveIt()
    {
        using var harness = new GatewayHarness();

        Assert.Equal(
            ["""{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}"""],
            harness.Send(GatewayHarness.Init).End());
    }

    [Theory]
    [InlineData("read", "\"key\":1", 11)]
    [InlineData("shadow_status", "\"x\":1", 11)]
    [InlineData("nope", "\"x\":1", 10)]
    [InlineData("read", "\"x\":1", 12)]
    public void Init_NotYetThere_EverythingElseIsRefused(string type, string fields, int code)
    {
        using var harness = new GatewayHarness();

        Assert.Equal(code, Reply.CodeOf(harness.Send(GatewayHarness.Line("c1", type, 1, fields)).End()[0]));
    }

    [Fact]
    public void Init_StillOpening_NothingOvertakesIt()
    {
        var opened = new TaskCompletionSource<IRequestCarrier>();
        using var harness = new GatewayHarness(open: _ => opened.Task);
        harness.Send(GatewayHarness.Init, GatewayHarness.Line("c9", "write", 2, "\"key\":1,\"value\":1"));

        var definition = new ClusterDefinition([new("n1")], [new("n1"), new("n2"), new("n3")], 16);
        opened.SetResult(new LocalCarrier(harness.Cluster, definition, new GatewayOptions().Deadlines));

        Assert.Equal(["init_ok", "write_ok"], harness.End().Select(Reply.TypeOf));
    }

    [Fact]
    public void Init_OpeningTakesTooLong_IsUnknownAndCanBeAskedAgain()
    {
        var opened = new TaskCompletionSource<IRequestCarrier>();
        var options =
            new GatewayOptions { Deadlines = new Deadlines(TimeSpan.FromSeconds(9), TimeSpan.FromMilliseconds(1)) };
        using var harness = new GatewayHarness(options, _ => opened.Task);
        harness.Send(GatewayHarness.Init);

        Assert.Equal(0, Reply.CodeOf(harness.ExpectLines(1)[0]));
        var definition = new ClusterDefinition([new("n1")], [new("n1"), new("n2"), new("n3")], 16);
        opened.SetResult(new LocalCarrier(harness.Cluster, definition, options.Deadlines));

        Assert.Equal("init_ok", Reply.TypeOf(harness.Send(GatewayHarness.Init).End()[1]));
    }

    [Fact]
    public void Init_OpeningFails_IsRefusedAndCanBeTriedAgain()
    {
        int tries = 0;
        FakeCluster cluster = new();
        ClusterOpener open = definition => ++tries == 1
            ? throw new IOException("the disk is on fire")
            : Task.FromResult<IRequestCarrier>(new LocalCarrier(cluster, definition, new GatewayOptions().Deadlines));
        using var harness = new GatewayHarness(open: open);

        string[] lines = harness.Send(GatewayHarness.Init, GatewayHarness.Init).End();

        Assert.Equal(11, Reply.CodeOf(lines[0]));
        Assert.Contains("on fire", Reply.TextOf(lines[0]), StringComparison.Ordinal);
        Assert.Equal("init_ok", Reply.TypeOf(lines[1]));
    }

    [Theory]
    [InlineData("n1", "n1", "[\"n1\",\"n2\",\"n3\"]", 0)]
    [InlineData("n2", "n2", "[\"n1\",\"n2\",\"n3\"]", 0)]
    [InlineData("n2", "n1", "[\"n1\",\"n2\",\"n3\"]", 0)]
    [InlineData("n1", "n2", "[\"n1\",\"n2\",\"n3\"]", 22)]
    [InlineData("n1", "n1", "[\"n1\",\"n2\"]", 22)]
    [InlineData("n1", "n1", "[\"n2\",\"n1\",\"n3\"]", 22)]
    [InlineData("zz", "n1", "[\"n1\",\"n2\",\"n3\"]", 1)]
    public void Init_Again_IsAnsweredIfItIsTheSame(string destination, string id, string ids, int code)
    {
        string answer = GatewayHarness.Answer(
            GatewayHarness.Line("c0", "init", 2, $"\"node_id\":\"{id}\",\"node_ids\":{ids}", destination));

        Assert.Equal(code == 0 ? "init_ok" : "error", Reply.TypeOf(answer));
        Assert.True(code == 0 || code == Reply.CodeOf(answer), answer);
    }

    [Theory]
    [InlineData("\"node_ids\":[\"n1\"]", "the field \"node_id\" is missing")]
    [InlineData("\"node_id\":7,\"node_ids\":[\"n1\"]", "the field \"node_id\" is 7; expected a string")]
    [InlineData("\"node_id\":\"n1\"", "the field \"node_ids\" is missing; expected an array")]
    [InlineData("\"node_id\":\"n1\",\"node_ids\":[]", "the field \"node_ids\" is []; expected an array")]
    [InlineData("\"node_id\":\"n1\",\"node_ids\":[\"n1\",\"n1\"]", "all different")]
    [InlineData("\"node_id\":\"n1\",\"node_ids\":[\"n1\",2]", "the field \"node_ids\" is [\"n1\",2]")]
    [InlineData("\"node_id\":\"n1\",\"node_ids\":[\"n1\",\"\"]", "none empty")]
    [InlineData("\"node_id\":\"n9\",\"node_ids\":[\"n1\",\"n2\"]", "is n9; expected one of node_ids: n1, n2")]
    public void Init_AFieldThatIsWrong_IsError12(string fields, string text)
    {
        using var harness = new GatewayHarness();

        string answer = harness.Send(GatewayHarness.Line("c0", "init", 1, fields)).End()[0];

        Assert.Equal(12, Reply.CodeOf(answer));
        Assert.Contains(text, Reply.TextOf(answer), StringComparison.Ordinal);
    }

    [Fact]
    public void Init_ToANodeThatIsNotInIt_IsError1()
    {
        using var harness = new GatewayHarness();
        string[] lines = harness
            .Send(GatewayHarness.Line("c0", "init", 1, "\"node_id\":\"n1\",\"node_ids\":[\"n1\"]", "n7"),
                GatewayHarness.Init)
            .End();

        Assert.Equal(1, Reply.CodeOf(lines[0]));
        Assert.Equal("init_ok", Reply.TypeOf(lines[1]));
    }
}
