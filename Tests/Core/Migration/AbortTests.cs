using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

public sealed class AbortTests
{
    private readonly ShardCluster _cluster = new();

    [Fact]
    public void Abort_BeforeTheTargetWasTold_NeedsNoTarget()
    {
        JsonText snapshot = _cluster.Prepared();
        _cluster.Nodes.CutOff(ShardCluster.At("g2"));
        Assert.IsType<ShardDone>(_cluster.Abort("g1"));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "5"));
        _cluster.Nodes.FateOf = null;

        AssertRefused(ShardRefusalKind.Moved, "g1", _cluster.Receive("g2", snapshot, "g1"));
        Assert.Equal(Keys.Done("5"), _cluster.Read("g1", "\"x\""));
    }

    [Fact]
    public void Abort_InOneRecordWithAnotherPrepare_RefusesThatOne()
    {
        // Found by the simulator, which draws the largest record as small as this: two entries of a prepare do not fit,
        // one and that of an abort do.
        ShardCluster cluster = new(config => config with { Log = config.Log with { BatchBytesMax = 7 } });
        cluster.Seed("g1", """{"x":1}""");
        cluster.Nodes.LetStore<StoreRequest.Probe>(Fate.Hold);
        TestCall first = cluster.Send("g1", new PrepareMigration(new GroupId("g2")));
        TestCall second = cluster.Send("g1", new PrepareMigration(new GroupId("g2")));
        cluster.Nodes.Run();
        TestCall abort = cluster.Send("g1", new AbortMigration());
        cluster.Nodes.Run();
        cluster.Nodes.ReleaseAll();

        Assert.IsType<ShardSnapshotReply>(first.Reply);
        Assert.IsType<ShardDone>(abort.Reply);
        AssertRefused(ShardRefusalKind.WrongState, null, second.Reply);
        Assert.True(cluster.IsAvailable("g1"));
    }

    [Fact]
    public void Abort_OfACopyThatWasFencedMeanwhile_GoesOnWithoutBeingCalled()
    {
        // Found by the simulator: the copy lost its log to another activation, which ended, and nobody called it again.
        _cluster.Received();
        _cluster.Nodes.CutOff(ShardCluster.At("g2"));
        TestCall abort = _cluster.Send("g1", new AbortMigration());
        _cluster.Nodes.Run();
        Assert.Equal(TransferPhase.Aborting, _cluster.Node("g1").State.Ownership.Phase);
        TestNode first = _cluster.Nodes.Start(ShardCluster.At("g1"));
        TestNode second = _cluster.Nodes.StartAnother(ShardCluster.At("g1"));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(2));
        _cluster.Crash("g1");
        Assert.True(first.IsUp != second.IsUp);

        _cluster.Nodes.FateOf = null;
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(TransferPhase.Serving, ((ShardNode)first.Node).State.Ownership.Phase);
        Assert.NotNull(abort.Reply);
    }

    [Fact]
    public void Abort_OfACopyThatDoesNotKnowThatItWasFenced_GoesOnWithoutBeingCalled()
    {
        // Found by the simulator: another activation prepared, granted and began to roll back, and ended. The first was
        // never called: it took itself for the one that serves, at the epoch before all that.
        _cluster.Seed("g1", """{"x":1}""");
        TestNode first = _cluster.Nodes.Start(ShardCluster.At("g1"));
        _cluster.Nodes.StartAnother(ShardCluster.At("g1"));
        _cluster.Nodes.Run();
        JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g1", "g2")).Snapshot;
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        _cluster.Nodes.CutOff(ShardCluster.At("g2"));
        _cluster.Send("g1", new AbortMigration());
        _cluster.Nodes.Run();
        Assert.Equal(TransferPhase.Aborting, _cluster.Node("g1").State.Ownership.Phase);
        _cluster.Crash("g1");
        _cluster.Nodes.FateOf = null;

        _cluster.Nodes.Advance(TimeSpan.FromSeconds(20));

        ShardOwnership ownership = ((ShardNode)first.Node).State.Ownership;
        Assert.Equal((TransferPhase.Serving, new Epoch(3)), (ownership.Phase, ownership.Epoch));
    }

    [Fact]
    public void Abort_AfterTheInstall_DiscardsItThere()
    {
        JsonText snapshot = _cluster.Received();
        Assert.IsType<ShardDone>(_cluster.Abort("g1"));
        Assert.IsType<ShardDone>(_cluster.Abort("g1"));

        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "5"));
        AssertRefused(ShardRefusalKind.Moved, "g1", _cluster.Read("g2", "\"x\""));
        AssertRefused(ShardRefusalKind.Moved, "g1", _cluster.Receive("g2", snapshot, "g1"));
        Assert.Equal(0, _cluster.Node("g2").State.Keys);
        Assert.Equal(new GroupId("g1"), _cluster.Map.Query(ShardCluster.Shard).Owner);
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void Abort_WhileTheGrantIsOnItsWay_KeepsTheLateInstallOut()
    {
        // (1) the source tells the target that it may take the shard; (2) that answer is held; (3) the source
        // aborts, the
        // target discards; (4) the answer arrives: the install must not take place.
        JsonText snapshot = _cluster.Prepared();
        _cluster.Nodes.LetAnswer<Relinquished>(Fate.Hold);
        TestCall receive = _cluster.Send("g2", new ReceiveShard(snapshot, null));
        _cluster.Nodes.Run();
        Assert.IsType<ShardDone>(_cluster.Abort("g1"));
        _cluster.Nodes.ReleaseAll();

        AssertRefused(ShardRefusalKind.WrongState, null, receive.Reply);
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g2").Phase);
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "5"));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void Abort_AfterClientsWereServed_IsRefused_AndTheHandOverStands()
    {
        _cluster.Received();
        _cluster.Write("g2", "\"x\"", "5");
        AssertRefused(ShardRefusalKind.WrongState, "g2", _cluster.Abort("g1"));
        Assert.Equal(TransferPhase.Granted, _cluster.Ownership("g1").Phase);
        AssertRefused(ShardRefusalKind.WrongState, "g2", _cluster.Abort("g1"));
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));
        Assert.Equal(Keys.Done("5"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Abort_InTheWrongState_SaysWhich()
    {
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Abort("g1"));
        _cluster.Seed("g1", """{"x":1}""");
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Abort("g1"));
        _cluster.Prepare("g1", "g2");
        _cluster.Confirm("g1");
        AssertRefused(ShardRefusalKind.WrongState, "g2", _cluster.Abort("g1"));
    }

    [Fact]
    public void Abort_WhereTheTargetIsSilent_EndsUnknown_AndGoesOnByItself()
    {
        _cluster.Received();
        _cluster.Nodes.LetCall<DiscardCopy>(Fate.Lose);
        TestCall abort = _cluster.Send("g1", new AbortMigration());
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(4.2));
        Assert.IsType<ShardUnknown>(abort.Reply);
        Assert.Equal(TransferPhase.Aborting, _cluster.Ownership("g1").Phase);
        TestCall again = _cluster.Send("g1", new AbortMigration());
        _cluster.Nodes.Run();

        _cluster.Nodes.FateOf = null;
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(1.5));
        Assert.IsType<ShardDone>(again.Reply);
        Assert.Single(abort.Replies);
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));
    }

    [Fact]
    public void Abort_AfterACrashOfTheSource_GoesOnFromItsLog()
    {
        _cluster.Received();
        _cluster.Nodes.LetCall<DiscardCopy>(Fate.Lose);
        _cluster.Send("g1", new AbortMigration());
        _cluster.Nodes.Run();
        _cluster.Crash("g1");
        _cluster.Nodes.FateOf = null;

        Assert.Equal(TransferPhase.Serving, _cluster.Ownership("g1").Phase);
        Assert.IsType<ShardDone>(_cluster.Abort("g1"));
        Assert.Equal(TransferPhase.Released, _cluster.Ownership("g2").Phase);
    }

    [Fact]
    public void Abort_WhereTheTargetsAnswerIsLost_AsksAgainAndGetsTheSame()
    {
        _cluster.Received();
        int lost = 0;
        _cluster.Nodes.FateOf = packet =>
            packet is Packet.Answer { Sender.Node.Address.Name: "g2", Reply: ShardDone } && lost++ < 2
                ? Fate.Lose
                : Fate.Deliver;
        TestCall abort = _cluster.Send("g1", new AbortMigration());
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(3.5));
        Assert.Equal(3, lost);
        Assert.IsType<ShardDone>(abort.Reply);
    }

    [Fact]
    public void Prepare_AfterAnAbort_BeginsAnew()
    {
        _cluster.Received();
        _cluster.Abort("g1");
        _cluster.Write("g1", "\"x\"", "5");
        JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g1", "g2")).Snapshot;
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot));
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));
        Assert.Equal(Keys.Done("5"), _cluster.Read("g2", "\"x\""));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void ADiscardThatComesMuchLater_DoesNothingToWhatCameSince()
    {
        _cluster.Received();
        _cluster.Abort("g1");
        JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g1", "g2")).Snapshot;
        _cluster.Receive("g2", snapshot);
        Assert.IsType<ShardDone>(_cluster.Ask("g2", new DiscardCopy(new GroupId("g1"), new Epoch(2))));
        Assert.Equal(TransferPhase.Serving, _cluster.Ownership("g2").Phase);
    }

    private static void AssertRefused(ShardRefusalKind kind, string? owner, Message? reply) =>
        ShardNodeKeyTests.AssertRefused(kind, owner, reply);
}
