using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterLagTests
{
    private readonly MasterCluster _cluster = Founded();

    [Fact]
    public void Status_InStep_ShowsNoLagAtEitherMaster()
    {
        _cluster.Locate(N1, 0);
        Assert.Equal(new ShadowStatusReply(N1, N2, 0, 0, 0, new Term(1)), Status(N1));
        Assert.Equal(new ShadowStatusReply(N1, N2, 0, 0, 0, new Term(1)), Status(N2));
        _cluster.Advance(3);
        Assert.Equal(0, Status(N1).LagEntries);
        Assert.Equal(0, Status(N1).LagMs);
    }

    [Fact]
    public void Status_ShadowCannotRead_ShowsDecisionsNotHeartbeatsAndTheAgeOfTheOldest()
    {
        _cluster.Advance(1.5);
        _cluster.Let(static packet => IsStore<StoreRequest.Read>(packet, N2), Fate.Fail);
        _cluster.Advance(2);
        Assert.Equal((0, 0), (Status(N1).LagEntries, Status(N1).LagMs));

        _cluster.Locate(N1, 0);
        _cluster.Advance(0.3);
        _cluster.Locate(N1, 1);
        _cluster.Advance(1.2);

        ShadowStatusReply atPrimary = Status(N1);
        Assert.Equal((N1, N2), (atPrimary.Primary, atPrimary.Shadow!.Value));
        Assert.Equal((2, 1500), (atPrimary.LagEntries, atPrimary.LagMs));
        Assert.InRange(atPrimary.LagBytes, 100, 400);
        ShadowStatusReply atShadow = Status(N2);
        Assert.Equal((N1, N2, 2), (atShadow.Primary, atShadow.Shadow!.Value, atShadow.LagEntries));
        Assert.InRange(atShadow.LagMs, 1000, 1500);
        Assert.InRange(atShadow.LagBytes, 100, 400);

        _cluster.Heal();
        _cluster.Advance(1.5);
        Assert.Equal((0, 0, 0), (Status(N1).LagEntries, Status(N1).LagMs, Status(N1).LagBytes));
        Assert.Equal((0, 0, 0), (Status(N2).LagEntries, Status(N2).LagMs, Status(N2).LagBytes));
    }

    [Fact]
    public void LogGrew_LostForEver_PollingKeepsTheShadowWithin100Ms()
    {
        _cluster.Let(static packet => IsCall<LogGrew>(packet, N2), Fate.Lose);
        _cluster.Locate(N1, 0);
        _cluster.Advance(0.1);
        Assert.Equal(_cluster.Node(N1).Applied, _cluster.Node(N2).Applied);
    }

    [Fact]
    public void LogGrew_Burst_IsOneCallAtATime()
    {
        int calls = 0;
        _cluster.Let(packet => IsCall<LogGrew>(packet, N2) && ++calls > 0, Fate.Hold);
        for (int shard = 0; shard < 8; shard++)
            _cluster.Locate(N1, shard);

        Assert.Equal(1, calls);
        _cluster.Nodes.ReleaseAll();
        Assert.Equal(_cluster.Node(N1).Applied, _cluster.Node(N2).Applied);
    }

    [Fact]
    public void Status_NobodyLedYet_IsNotPrimary()
    {
        MasterCluster cluster = new();
        cluster.Start(N2);
        NotPrimary answer = Assert.IsType<NotPrimary>(cluster.Ask(N2, new QueryShadowStatus()));
        Assert.Null(answer.Primary);
    }

    [Fact]
    public void Lag_BeyondItsBound_ShowsTooLongNeverTooShort()
    {
        ReplicationLag lag = new(pointsMax: 2);
        lag.OnDurable(1, 100, At(1));
        lag.OnDurable(2, 200, At(2));
        lag.OnDurable(2, 200, At(2));
        lag.OnDurable(5, 500, At(9));
        Assert.Equal((5, 9000, 0), lag.Measure(At(10)));
        lag.OnReplayed(1);
        Assert.Equal((4, 8000, 400), lag.Measure(At(10)));
        lag.OnReplayed(5);
        lag.OnDurable(5, 600, At(10));
        Assert.Equal((0, 0, 0), lag.Measure(At(10)));
        lag.Reset(7);
        lag.OnReplayed(9);
        lag.OnDurable(8, 700, At(10));
        Assert.Equal((0, 0, 0), lag.Measure(At(11)));
    }

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));

    private ShadowStatusReply Status(MasterName master) =>
        Assert.IsType<ShadowStatusReply>(_cluster.Ask(master, new QueryShadowStatus()));
}
