using OrleansShards.Client.Routing;
using OrleansShards.Grains.Hosting;
using OrleansShards.MaelstromGateway.Cli;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>What happens before, at and after <c>init</c>.</summary>
public sealed class InitTests
{
    private static readonly GatewayOptions Impatient = new() { InitLimit = TimeSpan.FromMilliseconds(1) };

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
        var opened = new TaskCompletionSource<IClusterClient>();
        using var harness = new GatewayHarness(open: (_, _, _) => opened.Task);
        harness.Send(GatewayHarness.Init, Write(2));

        opened.SetResult(harness.Cluster);

        Assert.Equal(["init_ok", "write_ok"], harness.End().Select(Reply.TypeOf));
    }

    [Fact]
    public void Init_OpeningTakesTooLong_IsAnsweredAndWhatComesIsRefusedUntilItIsOpen()
    {
        var opened = new TaskCompletionSource<IClusterClient>();
        using var harness = new GatewayHarness(Impatient, (_, _, _) => opened.Task);

        string[] lines = harness.Send(GatewayHarness.Init, Write(2)).ExpectLines(2);
        Assert.Equal("init_ok", Reply.TypeOf(lines[0]));
        Assert.Equal(11, Reply.CodeOf(lines[1]));
        Assert.Contains("still being opened", Reply.TextOf(lines[1]), StringComparison.Ordinal);

        opened.SetResult(harness.Cluster);
        int id = 3;
        Wait.Until(
            () => Reply.TypeOf(harness.Send(Write(id)).ExpectLines(id++)[^1]) == "write_ok",
            "a write, without another init",
            () => harness.Output.Text);
    }

    [Fact]
    public void Init_SilosDoNotAnswerYet_IsTriedAgainUntilTheyDo()
    {
        int tries = 0;
        FakeCluster cluster = new();
        using var harness = new GatewayHarness(open: (_, _, _) => ++tries < 3
            ? throw new TimeoutException($"try {tries}: nobody is there")
            : Task.FromResult<IClusterClient>(cluster));

        Assert.Equal("init_ok", Reply.TypeOf(harness.Send(GatewayHarness.Init).End()[0]));
        Assert.Equal(3, tries);
        Assert.Contains("try 2: nobody is there", harness.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Init_AnsweredBeforeItTurnsOutToBeAnotherCluster_EverythingIsRefusedWithThat()
    {
        var opened = new TaskCompletionSource<IClusterClient>();
        using var harness = new GatewayHarness(Impatient, (_, _, _) => opened.Task);
        harness.Send(GatewayHarness.Init).ExpectLines(1);

        opened.SetException(new ClusterMismatchException("it has 8 shards"));
        int id = 2;
        Wait.Until(
            () => Reply.CodeOf(harness.Send(Write(id)).ExpectLines(id++)[^1]) == 22, "error 22", () => harness.Output.Text);
        Assert.Contains("it has 8 shards", Reply.TextOf(harness.Output.Lines[^1]), StringComparison.Ordinal);
    }

    [Fact]
    public void Init_AnsweredBeforeTheStoreRefuses_IsTriedAgain()
    {
        var first = new TaskCompletionSource<IClusterClient>();
        int tries = 0;
        FakeCluster cluster = new();
        using var harness = new GatewayHarness(
            Impatient, (_, _, _) => ++tries == 1 ? first.Task : Task.FromResult<IClusterClient>(cluster));
        harness.Send(GatewayHarness.Init).ExpectLines(1);

        first.SetException(new IOException("the disk is on fire"));
        int id = 2;
        Wait.Until(
            () => Reply.TypeOf(harness.Send(Write(id)).ExpectLines(id++)[^1]) == "write_ok", "a write", () => harness.Output.Text);
    }

    [Fact]
    public void Stop_WhileInitWaits_RefusesItAndEnds()
    {
        using var harness = new GatewayHarness(
            open: static (_, _, stop) => new TaskCompletionSource<IClusterClient>().Task.WaitAsync(stop));
        harness.Send(GatewayHarness.Init);
        Wait.Until(
            () => harness.Errors.Text.Contains("cluster of its own", StringComparison.Ordinal), "the init", () => harness.Errors.Text);

        harness.Gateway.Stop();

        Assert.Equal(11, Reply.CodeOf(harness.ExpectLines(1)[0]));
        harness.ExpectEnd();
    }

    [Fact]
    public void Init_OpeningFails_IsRefusedAndCanBeTriedAgain()
    {
        int tries = 0;
        FakeCluster cluster = new();
        using var harness = new GatewayHarness(open: (_, _, _) => ++tries == 1
            ? throw new IOException("the disk is on fire")
            : Task.FromResult<IClusterClient>(cluster));

        string[] lines = harness.Send(GatewayHarness.Init, GatewayHarness.Init).End();

        Assert.Equal(11, Reply.CodeOf(lines[0]));
        Assert.Contains("on fire", Reply.TextOf(lines[0]), StringComparison.Ordinal);
        Assert.Equal("init_ok", Reply.TypeOf(lines[1]));
    }

    [Fact]
    public void Init_SeveralNodesAndNoCluster_SaysThatTheyShareNothing()
    {
        using var harness = new GatewayHarness();
        harness.Send(GatewayHarness.Init).End();

        Assert.Contains("a cluster of its own with all 3 node_ids", harness.Errors.Text, StringComparison.Ordinal);
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

    private static string Write(int id) => GatewayHarness.Line("c9", "write", id, "\"key\":1,\"value\":1");
}
