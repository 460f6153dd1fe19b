using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

public sealed class HandOverTests
{
    private readonly ShardCluster _cluster = new();

    [Fact]
    public void Prepare_AnswersTheSnapshotInTheOrderOfTheData_AlsoAgainAndAfterARestart()
    {
        JsonText snapshot = _cluster.Prepared("""{"y":2,"x":1}""");
        Assert.Equal("""{"data":{"y":2,"x":1}}""", snapshot.ToString());
        Assert.Equal(new ShardSnapshotReply(snapshot), _cluster.Prepare("g1", "g2"));
        _cluster.Crash("g1");
        Assert.Equal(new ShardSnapshotReply(snapshot), _cluster.Prepare("g1", "g2"));
        Assert.False(_cluster.IsAvailable("g1"));
    }

    [Fact]
    public void Prepare_InTheWrongState_SaysWhich()
    {
        AssertRefused(ShardRefusalKind.NotHeld, null, _cluster.Prepare("g1", "g2"));
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Prepare("g1", "g1"));
        _cluster.Received();
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Prepare("g1", "g3"));
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Prepare("g1", "g1"));
        _cluster.Confirm("g1");
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Prepare("g1", "g2"));
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Prepare("g3", "g2"));
    }

    [Fact]
    public void Prepare_OfAShardGivenToThisGroupButNeverUsed_OpensItFirst()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        Assert.Equal("""{"data":{}}""", Snapshot(_cluster.Prepare("g1", "g2")));
    }

    [Fact]
    public void WholeHandOver_MovesDataAndSessions()
    {
        _cluster.Seed("g1", """{"x":1}""");
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2", Keys.Client("c1", 5)));
        JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g1", "g2")).Snapshot;
        Assert.Equal(
            """{"data":{"x":2},"sessions":{"c1":{"seq":5,"reply":{"type":"write_ok"}}}}""", snapshot.ToString());

        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));

        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
        Assert.Equal(Keys.Done(), _cluster.Write("g2", "\"x\"", "9", Keys.Client("c1", 5)));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
        Assert.Equal(0, _cluster.Node("g1").State.Keys);
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Read("g1", "\"x\""));
        Assert.Equal(new GroupId("g2"), _cluster.Map.Query(ShardCluster.Shard).Owner);
        Assert.True(_cluster.IsAvailable("g2"));
        _cluster.AssertOneServes(1);
    }

    [Fact]
    public void Confirm_MeantForAnEarlierHandOver_DeletesNothing()
    {
        // Found by the simulator: a router repeated a confirmation whose answer was lost, and by then the shard had come
        // back and was prepared for another group, which had received nothing.
        JsonText snapshot = _cluster.Prepared("""{"x":1}""");
        ConfirmReceived confirm = new() { MeantFor = _cluster.Node("g1").State.Ownership.Epoch };
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        Assert.IsType<ShardDone>(_cluster.Ask("g1", confirm));
        Assert.IsType<ShardDone>(_cluster.Ask("g1", confirm));
        snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g2", "g1")).Snapshot;
        Assert.IsType<ShardDone>(_cluster.Receive("g1", snapshot, "g2"));
        _cluster.Prepare("g1", "g3");

        AssertRefused(ShardRefusalKind.WrongState, "g3", _cluster.Ask("g1", confirm));

        Assert.Equal(1, _cluster.Node("g1").State.Keys);
    }

    [Fact]
    public void Receive_OfAnEarlierHandOversSnapshot_AfterTheNextWasConfirmed_IsRefused()
    {
        // Found by the simulator: two coordinators, one of which held the snapshot of a hand-over that the other had
        // rolled back. The master has it that the shard is the target's, so the source was not asked.
        JsonText before = _cluster.Prepared("""{"x":1}""");
        Assert.IsType<ShardDone>(_cluster.Abort("g1"));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2"));
        JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g1", "g2")).Snapshot;
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));

        AssertRefused(ShardRefusalKind.WrongState, "g2", _cluster.Receive("g2", before, "g1"));
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Receive_AfterTheConfirmation_FromASourceThatHandedNothingOver_IsRefused()
    {
        // Found by the simulator: g3 would have given a shard away that it never had, or that had left it long ago.
        JsonText snapshot = _cluster.Prepared("""{"x":1}""");
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));

        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Receive("g2", JsonText.Parse("""{"data":{}}"""), "g3"));
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g3").Phase);
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        Assert.Equal(Keys.Done("1"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Receive_OfAnOldSnapshot_WhileTheContentIsOnItsWayToAnotherGroup_TakesNothingAway()
    {
        // Found by the simulator: a coordinator held the snapshot and had the source confirmed; before it reached the
        // target, an older snapshot came late to the source, and the target, which had not begun, gave way to it.
        JsonText before = _cluster.Prepared("""{"x":1}""");
        Assert.IsType<ShardDone>(_cluster.Abort("g1"));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2"));
        JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g1", "g2")).Snapshot;
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));

        TestCall late = _cluster.Send("g1", new ReceiveShard(before, new GroupId("g2")));
        TestCall elsewhere = _cluster.Send("g3", new ReceiveShard(before, null));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(5));
        AssertRefused(ShardRefusalKind.NotReady, null, late.Reply);
        AssertRefused(ShardRefusalKind.NotReady, null, elsewhere.Reply);

        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Steps_MeantForAnEarlierEpoch_ChangeNothing()
    {
        _cluster.Prepared("""{"x":1}""");
        Epoch before = _cluster.Node("g1").State.Ownership.Epoch;
        Assert.IsType<ShardDone>(_cluster.Ask("g1", new AbortMigration { MeantFor = before }));

        PrepareMigration late = new(new GroupId("g2")) { MeantFor = before };
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Ask("g1", late));
        Assert.Equal(TransferPhase.Serving, _cluster.Node("g1").State.Ownership.Phase);

        _cluster.Prepare("g1", "g2");
        AssertRefused(ShardRefusalKind.WrongState, "g2", _cluster.Ask("g1", new AbortMigration { MeantFor = before }));
        Assert.Equal(TransferPhase.Sealed, _cluster.Node("g1").State.Ownership.Phase);
    }

    [Fact]
    public void Receive_OfAReformattedSnapshot_IsTheSameSnapshot()
    {
        _cluster.Prepared("""{"a":{"p":1,"q":2.50},"b":"\u0041"}""");
        JsonText reformatted = JsonText.Parse("""{ "data": {"b":"A", "a":{"q":2.5,"p":1.0}} }""");
        Assert.IsType<ShardDone>(_cluster.Receive("g2", reformatted));
        Assert.IsType<ShardDone>(_cluster.Receive("g2", reformatted));
    }

    [Fact]
    public void Receive_Repeated_KeepsTheWritesMadeSince()
    {
        JsonText snapshot = _cluster.Received();
        _cluster.Write("g2", "\"x\"", "7");
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        _cluster.Confirm("g1");
        _cluster.Crash("g2");
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
        Assert.Equal(Keys.Done("7"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Receive_OfAnythingButWhatWasPrepared_IsRefused()
    {
        JsonText snapshot = _cluster.Prepared();
        JsonText other = JsonText.Parse("""{"data":{"x":1,"y":3}}""");
        AssertRefused(ShardRefusalKind.WrongState, "g1", _cluster.Receive("g2", other));
        AssertRefused(ShardRefusalKind.WrongState, "g1", _cluster.Receive("g3", snapshot));
        AssertRefused(ShardRefusalKind.WrongState, "g1", _cluster.Receive("g1", snapshot));
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot));
        AssertRefused(ShardRefusalKind.WrongState, "g2", _cluster.Receive("g2", other));
    }

    [Fact]
    public void Receive_WhereTheSourceServes_IsRefused()
    {
        _cluster.Seed("g1", """{"x":1}""");
        AssertRefused(ShardRefusalKind.Moved, "g1", _cluster.Receive("g2", JsonText.Parse("""{"data":{"x":1}}""")));
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));
    }

    [Fact]
    public void Receive_WhereNobodyHasTheShard_InstallsIt()
    {
        Assert.IsType<ShardDone>(_cluster.Receive("g2", JsonText.Parse("""{"data":{"x":1}}"""), "g1"));
        Assert.Equal(Keys.Done("1"), _cluster.Read("g2", "\"x\""));
        Assert.Equal(new ShardOwner(new GroupId("g2"), new Epoch(1), false), _cluster.Map.Query(ShardCluster.Shard));
    }

    [Fact]
    public void Receive_AfterTheConfirmation_StillInstalls()
    {
        JsonText snapshot = _cluster.Prepared();
        _cluster.Confirm("g1");
        AssertRefused(ShardRefusalKind.HandingOver, null, _cluster.Read("g2", "\"x\""));
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot));
        Assert.Equal(Keys.Done("1"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Receive_AfterTheConfirmation_WhereTheMasterHasNotHeard_AsksTheSource()
    {
        JsonText snapshot = _cluster.Prepared();
        _cluster.Nodes.LetCall<ReportOwner>(Fate.Lose);
        _cluster.Confirm("g1");
        AssertRefused(ShardRefusalKind.WrongState, "g2", _cluster.Receive("g2", JsonText.Parse("""{"data":{}}""")));
        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot));
    }

    [Fact]
    public void Receive_Malformed_NamesTheMember()
    {
        ShardRefusal refusal = Assert.IsType<ShardRefusal>(_cluster.Receive("g2", JsonText.Parse("""{"data":[]}""")));
        Assert.Equal(ShardRefusalKind.Malformed, refusal.Kind);
        Assert.Contains("snapshot.data", refusal.Text, StringComparison.Ordinal);
        Assert.Empty(_cluster.Map.Asked);
    }

    [Fact]
    public void Receive_WhereTheSourceIsSilent_IsRefusedInTime_AndTakesNoEffect()
    {
        JsonText snapshot = _cluster.Prepared();
        _cluster.Nodes.LetCall<RelinquishShard>(Fate.Lose);
        TestCall call = _cluster.Send("g2", new ReceiveShard(snapshot, null));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(4.4));
        AssertRefused(ShardRefusalKind.NotReady, null, call.Reply);
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g2").Phase);
    }

    [Fact]
    public void Receive_WhereTheSourceAnswersAtTheThirdTime_IsDone()
    {
        JsonText snapshot = _cluster.Prepared();
        int asked = 0;
        _cluster.Nodes.FateOf = packet =>
            packet is Packet.Call { Request: RelinquishShard } && asked++ < 2 ? Fate.Lose : Fate.Deliver;
        TestCall call = _cluster.Send("g2", new ReceiveShard(snapshot, null));
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(3));
        Assert.IsType<ShardDone>(call.Reply);
    }

    [Fact]
    public void Confirm_IsRepeatable_AndNeedsAPreparation()
    {
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Confirm("g1"));
        _cluster.Seed("g1", """{"x":1}""");
        AssertRefused(ShardRefusalKind.WrongState, null, _cluster.Confirm("g1"));
        _cluster.Prepare("g1", "g2");
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));
        _cluster.Crash("g1");
        Assert.IsType<ShardDone>(_cluster.Confirm("g1"));
    }

    [Fact]
    public void GetSnapshot_InEveryState()
    {
        AssertRefused(ShardRefusalKind.NotHeld, null, _cluster.Snapshot("g1"));
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g1").Phase);
        _cluster.Seed("g1", """{"x":1}""");
        Assert.Equal("""{"data":{"x":1}}""", Snapshot(_cluster.Snapshot("g1")));
        AssertRefused(ShardRefusalKind.Moved, "g1", _cluster.Snapshot("g2"));
        _cluster.Prepare("g1", "g2");
        Assert.Equal("""{"data":{"x":1}}""", Snapshot(_cluster.Snapshot("g1")));
        _cluster.Confirm("g1");
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Snapshot("g1"));
    }

    [Fact]
    public void GetSnapshot_OfAShardGivenToThisGroupButNeverUsed_DoesNotOpenIt()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        AssertRefused(ShardRefusalKind.NotHeld, null, _cluster.Snapshot("g1"));
        Assert.False(_cluster.IsAvailable("g1"));
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g1").Phase);
    }

    [Fact]
    public void Shard_GoesRoundThreeGroupsAndBack()
    {
        _cluster.Seed("g1", """{"x":1}""");
        string at = "g1";
        foreach (string next in (string[])["g2", "g3", "g1", "g3", "g1"])
        {
            JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare(at, next)).Snapshot;
            Assert.IsType<ShardDone>(_cluster.Receive(next, snapshot, at));
            Assert.Equal(Keys.Done(), _cluster.Write(next, "\"x\"", $"\"{next}\""));
            Assert.IsType<ShardDone>(_cluster.Confirm(at));
            _cluster.AssertOneServes(1);
            at = next;
        }

        Assert.Equal(Keys.Done("\"g1\""), _cluster.Read("g1", "\"x\""));
        Assert.Equal(new GroupId("g1"), _cluster.Map.Query(ShardCluster.Shard).Owner);
    }

    private static string Snapshot(Message? reply) => Assert.IsType<ShardSnapshotReply>(reply).Snapshot.ToString();

    private static void AssertRefused(ShardRefusalKind kind, string? owner, Message? reply) =>
        ShardNodeKeyTests.AssertRefused(kind, owner, reply);
}
