using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Shards;

public sealed class ShardLeadershipTests
{
    private static readonly NodeAddress At = ShardCluster.At("g1");

    private readonly ShardCluster _cluster = new(static config => config with { WaitingMax = 3 });

    [Fact]
    public void CallsBeforeTheLogIsOpen_WaitUpToABound()
    {
        _cluster.Nodes.FateOf = HoldStore;
        TestCall[] calls = [.. Enumerable.Range(0, 5).Select(_ => _cluster.Send("g1", Keys.Read("1")))];
        _cluster.Nodes.Run();

        Assert.Equal(2, calls.Count(static call => call.Reply is ShardRefusal { Kind: ShardRefusalKind.NotReady }));
        _cluster.Nodes.ReleaseAll();
        Assert.All(calls, static call => Assert.Single(call.Replies));
        Assert.Equal(3, calls.Count(static call => call.Reply is ShardRefusal { Kind: ShardRefusalKind.NotHeld }));
    }

    [Fact]
    public void CallsBeforeTheLogIsOpen_AreRefusedWhenTheirTimeIsOver()
    {
        _cluster.Nodes.FateOf = HoldStore;
        TestCall key = _cluster.Send("g1", Keys.Read("1"));
        TestCall shard = _cluster.Send("g1", new GetShardSnapshot());
        TestCall available = _cluster.Send("g1", new QueryAvailability());
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(900));
        ShardNodeKeyTests.AssertRefused(ShardRefusalKind.NotReady, null, key.Reply);
        Assert.Null(shard.Reply);
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(3300));
        ShardNodeKeyTests.AssertRefused(ShardRefusalKind.NotReady, null, shard.Reply);
        Assert.Equal(new ShardAvailability(false), available.Reply);
    }

    [Fact]
    public void AFencedCopy_AnswersNothingWrong_AndLeadsAgainWhenItIsCalled()
    {
        _cluster.Seed("g1", """{"x":1}""");
        TestNode old = _cluster.Nodes.Start(At);
        TestNode rival = _cluster.Nodes.StartAnother(At);
        _cluster.Nodes.Run();
        Assert.Equal(Keys.Done(), _cluster.Nodes.Ask(At, Keys.Write("\"x\"", "2"), rival));

        ShardNodeKeyTests.AssertRefused(
            ShardRefusalKind.NotReady, null, _cluster.Nodes.Ask(At, Keys.Read("\"x\""), old));
        Assert.Equal(LogRole.Following, ((ShardNode)old.Node).Role);
        Assert.Equal(Keys.Done("2"), _cluster.Nodes.Ask(At, Keys.Read("\"x\""), old));
        Assert.Equal(LogRole.Leading, ((ShardNode)old.Node).Role);
    }

    [Fact]
    public void AFencedCopysWrite_IsRefusedForCertain()
    {
        _cluster.Seed("g1", """{"x":1}""");
        TestNode old = _cluster.Nodes.Start(At);
        TestNode rival = _cluster.Nodes.StartAnother(At);
        _cluster.Nodes.Run();

        ShardNodeKeyTests.AssertRefused(
            ShardRefusalKind.NotReady, null, _cluster.Nodes.Ask(At, Keys.Write("\"x\"", "2"), old));
        Assert.Equal(Keys.Done("1"), _cluster.Nodes.Ask(At, Keys.Read("\"x\""), rival));
    }

    [Fact]
    public void AWriteWhoseOutcomeNobodyCanTell_EndsUnknown()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Nodes.LetStore<StoreRequest.Put>(Fate.Lose);
        TestCall write = _cluster.Send("g1", Keys.Write("\"x\"", "2"));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(7.5));

        Assert.IsType<ShardUnknown>(write.Reply);
    }

    [Fact]
    public void TwoActivationsThatAreBothCalled_DoNotDuelForEver()
    {
        _cluster.Seed("g1", """{"x":1}""");
        TestNode[] rivals = [_cluster.Nodes.Start(At), _cluster.Nodes.StartAnother(At)];
        _cluster.Nodes.Run();
        int answered = 0;
        for (int i = 0; i < 200; i++)
        {
            answered += _cluster.Nodes.Ask(At, Keys.Read("\"x\""), rivals[i % 2]) is KeyReply ? 1 : 0;
            _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(100));
        }

        int openings = _cluster.Nodes.Store.Records(ShardCluster.LogOf("g1")).Count;
        Assert.InRange(openings, 5, 40);
        Assert.True(answered > 60, $"{answered} of 200 calls were answered");
    }

    [Fact]
    public void AfterADuel_ACopyThatLedForLong_RestsNoMore()
    {
        _cluster.Seed("g1", """{"x":1}""");
        TestNode old = _cluster.Nodes.Start(At);
        for (int i = 0; i < 4; i++)
        {
            // Steady, then fenced by another, which it finds out when it is asked.
            _cluster.Nodes.Advance(TimeSpan.FromSeconds(11));
            _cluster.Nodes.StartAnother(At);
            _cluster.Nodes.Run();
            _cluster.Nodes.Ask(At, Keys.Read("\"x\""), old);
            Assert.Equal(Keys.Done("1"), _cluster.Nodes.Ask(At, Keys.Read("\"x\""), old));
        }
    }

    [Fact]
    public void ADamagedLog_IsReportedAndEverythingRefused()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Crash("g1");
        LogName log = ShardCluster.LogOf("g1");
        _cluster.Nodes.Store.Execute(new StoreRequest.Put(
            default, log, new LogIndex((ulong)_cluster.Nodes.Store.Records(log).Count + 1), new byte[] { 1, 2, 3 }));

        TestCall available = _cluster.Send("g1", new QueryAvailability());
        ShardNodeKeyTests.AssertRefused(ShardRefusalKind.NotReady, null, _cluster.Read("g1", "\"x\""));
        Assert.Equal(new ShardAvailability(false), available.Reply);
        Assert.Single(_cluster.Nodes.Alarms);
        ShardRefusal refusal = Assert.IsType<ShardRefusal>(_cluster.Read("g1", "\"x\""));
        Assert.Equal(ShardRefusalKind.NotReady, refusal.Kind);
        Assert.Contains("cannot be read", refusal.Text, StringComparison.Ordinal);
    }

    private static Fate HoldStore(Packet packet) => packet is Packet.Store ? Fate.Hold : Fate.Deliver;
}
