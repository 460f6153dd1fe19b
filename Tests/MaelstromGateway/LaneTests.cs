using OrleansShards.Client.Routing;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Cli;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>Order within a lane, none across, and the bounds.</summary>
public sealed class LaneTests
{
    [Fact]
    public void Accept_OneSource_IsAnsweredInOrderOneAtATime()
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = static _ => null;
        harness.Send(GatewayHarness.Init, Write("c1", 1), Write("c1", 2), Write("c1", 3));

        for (int asked = 1; asked <= 3; asked++)
        {
            ExpectAsked(harness, asked);
            Finish(harness, static _ => true);
            string[] lines = harness.ExpectLines(asked + 1);
            Assert.Equal(asked, Reply.AnswersTo(lines[asked]));
        }
    }

    [Fact]
    public void Accept_AStuckSource_DelaysNobodyElse()
    {
        using var harness = new GatewayHarness();
        FakeCluster cluster = harness.Cluster;
        cluster.Answer = request => IsKey(request, 1) ? null : cluster.Keys(request);
        harness.Send(GatewayHarness.Init, Write("c1", 1), Write("c1", 2), Write("c2", 3), Write("c1", 4, "n2"));

        string[] lines = harness.ExpectLines(3);
        Assert.Equal([1, 3, 4], lines.Select(Reply.AnswersTo));

        Finish(harness, static request => IsKey(request, 1));
        Assert.Equal([1, 2], harness.End()[3..].Select(Reply.AnswersTo));
    }

    [Fact]
    public void Accept_AFaultyRequest_WaitsForItsTurnToo()
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = static _ => null;
        harness.Send(GatewayHarness.Init, Write("c1", 1), GatewayHarness.Line("c1", "nope", 2, "\"key\":1"));
        ExpectAsked(harness, 1);

        Assert.Single(harness.ExpectLines(1));
        Finish(harness, static _ => true);

        Assert.Equal([1, 2], harness.End()[1..].Select(Reply.AnswersTo));
    }

    [Fact]
    public void Write_EveryNode_CountsItsOwnMessages()
    {
        using var harness = new GatewayHarness();
        string[] lines = harness
            .Send(Write("c1", 1, "n2"), GatewayHarness.Init, Write("c1", 2), Write("c2", 3, "n2"),
                Write("c1", 4, "zz"), Write("c1", 5))
            .End();

        Assert.Equal(
            ["n1:0", "n1:1", "n1:2", "n2:0", "n2:1", "zz:0"],
            lines.Select(static line => $"{line[8..10]}:{Reply.IdOf(line)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Accept_MoreThanTheBudget_IsLeftUnread()
    {
        using var harness = new GatewayHarness(new GatewayOptions { RequestsMax = 3 });
        harness.Cluster.Answer = static _ => null;
        harness.Send(GatewayHarness.Init);
        for (int id = 0; id < 20; id++)
            harness.Send(Write($"c{id}", id));

        ExpectAsked(harness, 3);
        for (int asked = 3; asked <= 20; asked += 3)
        {
            ExpectAsked(harness, Math.Min(asked, 20));
            Assert.True(harness.Cluster.Asked.Count <= asked, "no more than three are under way");
            Finish(harness, static _ => true);
        }

        harness.Cluster.Answer = static _ => new ClientOutcome.Applied(new KeyReply(KeyVerdict.Done, default));
        Finish(harness, static _ => true);
        Assert.Equal(21, harness.End().Length);
    }

    [Fact]
    public void Accept_ALineLargerThanTheBudget_IsTakenAlone()
    {
        using var harness = new GatewayHarness(new GatewayOptions { RequestBytesMax = 200 });
        string large = GatewayHarness.Line("c1", "write", 2, $"\"key\":1,\"value\":\"{new string('x', 5000)}\"");

        Assert.Equal([1, 1, 2, 3], harness.Send(GatewayHarness.Init, Write("c1", 1), large, Write("c1", 3)).End()
            .Select(Reply.AnswersTo));
    }

    [Fact]
    public void Write_AConsumerThatStalls_StopsTheReadingAndLosesNothing()
    {
        using var harness = new GatewayHarness(new GatewayOptions { OutputBytesMax = 1000, RequestsMax = 10 });
        harness.Send(GatewayHarness.Init);
        harness.ExpectLines(1);
        harness.Output.Stall();
        for (int id = 0; id < 200; id++)
            harness.Send(Write($"c{id}", id));

        // The loop goes on meanwhile: it takes what is posted, and starts no more than fits.
        var turn = new ManualResetEventSlim();
        harness.Cluster.Post(turn.Set);
        Assert.True(turn.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken),
            "expected the loop to take a turn within 30 s");
        Assert.True(harness.Cluster.Asked.Count < 100, $"{harness.Cluster.Asked.Count} requests were begun");

        harness.Output.Flow();
        Assert.Equal(201, harness.End().Length);
    }

    [Fact]
    public void Write_AConsumerThatIsGone_EndsTheGateway()
    {
        using var harness = new GatewayHarness();
        harness.Output.Break();
        harness.Send(GatewayHarness.Init);

        harness.ExpectEnd();
        Assert.True(harness.Gateway.IsBroken);
        Assert.Contains("stdout takes no more", harness.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_WhatWasRead_IsAnswered()
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = static _ => null;
        harness.Send(GatewayHarness.Init, Write("c1", 1), Write("c1", 2));
        ExpectAsked(harness, 1);

        harness.Gateway.Stop();
        Finish(harness, static _ => true);
        ExpectAsked(harness, 2);
        harness.Gateway.RefuseTheRest();
        Finish(harness, static _ => true);

        harness.ExpectEnd();
        Assert.Equal(3, harness.Output.Lines.Length);
        Assert.True(harness.Cluster.IsDisposed);
    }

    [Fact]
    public void RefuseTheRest_WhatHasNotBegun_IsDefinitelyNotCarriedOut()
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = static _ => null;
        harness.Send(GatewayHarness.Init, Write("c1", 1), Write("c1", 2));
        ExpectAsked(harness, 1);

        harness.Gateway.Stop();
        harness.Gateway.RefuseTheRest();
        Finish(harness, static _ => true);

        harness.ExpectEnd();
        Assert.Equal(11, Reply.CodeOf(harness.Output.Lines[2]));
        Assert.Single(harness.Cluster.Asked);
    }

    [Fact]
    public void Accept_AFaultOfOurs_IsError13AndTheLaneGoesOn()
    {
        using var harness = new GatewayHarness();
        FakeCluster cluster = harness.Cluster;
        cluster.Answer = request => IsKey(request, 1) ? throw new InvalidOperationException("oops")
            : cluster.Keys(request);

        string[] lines = harness.Send(GatewayHarness.Init, Write("c1", 1), Write("c1", 2)).End();

        Assert.Equal(13, Reply.CodeOf(lines[1]));
        Assert.Equal("write_ok", Reply.TypeOf(lines[2]));
        Assert.Contains("oops", harness.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AnAnswerToAnotherQuestion_IsError13WithNothingOfTheReplyBefore()
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = static _ => FakeCluster.Applied(ShardDone.Instance);

        string[] lines = harness.Send(GatewayHarness.Init, Write("c1", 1)).End();

        Assert.StartsWith(
            """{"src":"n1","dest":"c1","body":{"type":"error","in_reply_to":1,"msg_id":1,"code":13,""", lines[1],
                StringComparison.Ordinal);
    }

    private static string Write(string source, int id, string destination = "n1") =>
        GatewayHarness.Line(source, "write", id, $"\"key\":{id},\"value\":{id}", destination);

    private static bool IsKey(ClientRequest request, int key) =>
        request is ClientRequest.OnKey on && on.Command.Key.TryReadInt64(out long number) && number == key;

    private static void ExpectAsked(GatewayHarness harness, int count) => Wait.Until(
        () => harness.Cluster.Asked.Count >= count, $"{count} requests under way", () =>
            $"{harness.Cluster.Asked.Count}");

    private static void Finish(GatewayHarness harness, Func<ClientRequest, bool> which) =>
        harness.Cluster.Complete(which, new ClientOutcome.Applied(new KeyReply(KeyVerdict.Done, default)));
}
