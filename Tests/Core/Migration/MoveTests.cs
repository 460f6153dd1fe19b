using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>A move between two copies; the test is the primary that drives it, a map its decisions.</summary>
public sealed class MoveTests
{
    private static readonly MoveId Move = new(7);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly ShardCluster _cluster = new();

    [Fact]
    public void Copy_OfAServedShard_EndsAtTheTarget_WithItsSessions()
    {
        Begin();
        Drive();

        Assert.Empty(_cluster.Nodes.Alarms);
        Assert.Equal(new Epoch(2), _cluster.Map.Committed[Move]);
        Assert.Equal(MoveStep.Serving, Order(MoveCommand.Commit, "g2").Step);
        Assert.Equal(MoveStep.Released, Order(MoveCommand.Commit, "g1").Step);
        Assert.Equal(TransferPhase.Serving, _cluster.Ownership("g2").Phase);
        Assert.Equal(TransferPhase.Released, _cluster.Ownership("g1").Phase);
        Assert.Equal(Keys.Done("1"), _cluster.Read("g2", "\"x\""));

        // A repetition of what was carried out before the move: answered from the table, not carried out.
        Assert.Equal(Keys.Done(), _cluster.Write("g2", "\"s\"", "5", Keys.Client("c", 3)));
        Assert.Equal(Keys.Done(), _cluster.Write("g2", "\"s\"", "6", Keys.Client("c", 4)));
        Assert.Equal(Keys.Done("6"), _cluster.Read("g2", "\"s\""));
        Assert.Equal(Keys.Done(), _cluster.Write("g2", "\"r\"", "8", Keys.Router("r", 9)));
        Assert.Equal(Keys.Done("7"), _cluster.Read("g2", "\"r\""));
    }

    [Fact]
    public void Released_HoldsNothing_AndRedirects()
    {
        Begin();
        Drive();

        ShardState left = _cluster.Node("g1").State;
        Assert.Equal((0, 0, 0), (left.Keys, left.ClientSessions, left.Receipt().Bytes));
        ShardRefusal refusal = Assert.IsType<ShardRefusal>(_cluster.Read("g1", "\"x\""));
        Assert.Equal((ShardRefusalKind.Moved, new GroupId("g2")), (refusal.Kind, refusal.Owner));
    }

    [Fact]
    public void OldSnapshot_BroughtToATargetThatAwaitsTheDecision_IsRefused()
    {
        Begin();
        JsonText old = Assert.IsType<ShardSnapshotReply>(_cluster.Snapshot("g1")).Snapshot;
        _cluster.Write("g1", "\"x\"", "2");
        _cluster.Nodes.LetAnswer<MoveDecided>(Fate.Hold);
        Drive(Tick);
        Assert.Equal(MoveStep.Released, Order(MoveCommand.Commit, "g1").Step);

        Assert.IsNotType<ShardDone>(_cluster.Receive("g2", old, "g1"));
        Assert.Equal(MoveStep.Serving, Order(MoveCommand.Commit, "g2").Step);
        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void OldSnapshot_WhenItsGroupHasReleasedByAMove_IsGrantedToNobody()
    {
        // The source itself says no: whoever asks is the target that it was moved to, with a client's old snapshot.
        Begin();
        Drive();
        RelinquishShard asked = new(new GroupId("g2"), RelinquishReason.Receive, 12345, new Epoch(2));
        Assert.Equal(ShardRefusalKind.WrongState, Assert.IsType<ShardRefusal>(_cluster.Ask("g1", asked)).Kind);
        CheckContent check = new(new GroupId("g2"), new Epoch(2), 12345);
        Assert.Equal(ShardRefusalKind.WrongState, Assert.IsType<ShardRefusal>(_cluster.Ask("g1", check)).Kind);
    }

    [Fact]
    public void Released_GoesOnAnsweringForWhatItHasCarriedOut()
    {
        // A router asks whoever may have carried its request out before anybody else. (1) g1 does, and the answer is lost;
        // (2) the shard moves to g2, with the session; (3) a client hands it on to g3, without; (4) the repetition comes to
        // g1, is told that nothing was carried out, and is carried out at g3.
        Begin();
        Drive();
        JsonText snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g2", "g3")).Snapshot;
        Assert.IsType<ShardDone>(_cluster.Receive("g3", snapshot, "g2"));
        Assert.IsType<ShardDone>(_cluster.Confirm("g2"));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"r\"", "8", Keys.Router("r", 9)));
        Assert.Equal(Keys.Done("7"), _cluster.Read("g3", "\"r\""));
    }

    [Fact]
    public void Copy_WithCheckpoint_ReceivesChunksAndThenRecords()
    {
        ShardCluster cluster = new(static config => config with
        {
            Log = new LogOptions { CheckpointRecords = 8, ChunkBytes = 128, DigestRecords = 4 },
        });
        cluster.Seed("g1", "{}");
        for (int key = 0; key < 100; key++)
            cluster.Write("g1", $"\"k{key}\"", $"{key}", Keys.Client($"c{key % 10}", key + 1));

        int chunks = 0;
        cluster.Nodes.FateOf = packet =>
        {
            chunks += packet is Packet.Store { Request: StoreRequest.ReadChunk } ? 1 : 0;
            return Fate.Deliver;
        };
        cluster.Ask("g2", Copying());
        cluster.Nodes.Advance(TimeSpan.FromSeconds(3));
        cluster.Ask("g2", Copying());
        cluster.Nodes.Advance(TimeSpan.FromSeconds(1));

        Assert.True(chunks > 5, $"{chunks} chunks were read");
        Assert.Equal(TransferPhase.Serving, cluster.Ownership("g2").Phase);
        for (int key = 0; key < 100; key++)
            Assert.Equal(Keys.Done($"{key}"), cluster.Read("g2", $"\"k{key}\""));

        Assert.Empty(cluster.Nodes.Alarms);
    }

    // A read ends before a record that is too large for it, and looks like one that has come to the log's end.
    [Fact]
    public void Copy_LargeRecords_SealsWhenItHasThem()
    {
        Begin();
        for (int key = 0; key < 4; key++)
            _cluster.Write("g1", $"\"k{key}\"", $"\"{new string('v', 200_000)}\"");

        long? copied = null;
        _cluster.Nodes.FateOf = packet =>
        {
            copied ??= packet is Packet.Call { Request: SealForMove } ? _cluster.Node("g2").State.Staging!.Copy.Keys : null;
            return Fate.Deliver;
        };
        Drive();

        Assert.Equal(7, copied);
    }

    [Fact]
    public void Target_NotCommitted_ServesNothing()
    {
        Begin();
        _cluster.Nodes.LetCall<DecideMove>(Fate.Hold);
        Drive();

        Assert.Equal(TransferPhase.SealedForMove, _cluster.Ownership("g1").Phase);
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g2").Phase);
        Assert.Null(_cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Writes_OfThePause_AreHeld_AndSentOn()
    {
        Begin();
        _cluster.Nodes.LetCall<MoveReady>(Fate.Hold);
        Drive(Tick);
        TestCall write = _cluster.Send("g1", Keys.Write("\"x\"", "2"));
        _cluster.Nodes.Run();
        Assert.Null(write.Reply);
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));

        _cluster.Nodes.ReleaseAll();
        Assert.Equal(new GroupId("g2"), Assert.IsType<ShardRefusal>(write.Reply).Owner);
    }

    [Fact]
    public void Reads_AfterTheCommitWasAskedFor_AreHeld()
    {
        // The target may serve writes from the moment at which the commit is in the master's log.
        Begin();
        _cluster.Nodes.LetAnswer<MoveDecided>(Fate.Hold);
        Drive(Tick);
        TestCall read = _cluster.Send("g1", Keys.Read("\"x\""));
        _cluster.Nodes.Run();
        Assert.Null(read.Reply);

        _cluster.Nodes.ReleaseAll();
        Assert.Equal(ShardRefusalKind.Moved, Assert.IsType<ShardRefusal>(read.Reply).Kind);
    }

    [Fact]
    public void Pause_LongerThanItsLimit_EndsByServingOn_AndTheMoveIsSealedAnew()
    {
        Begin();
        _cluster.Nodes.LetCall<MoveReady>(Fate.Lose);
        Drive(TimeSpan.FromMilliseconds(400));
        Assert.Equal(TransferPhase.SealedForMove, _cluster.Ownership("g1").Phase);
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2"));

        _cluster.Nodes.FateOf = null;
        Drive(TimeSpan.FromSeconds(5));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Pause_WhenTheCommitWasAskedFor_EndsOnlyByTheMastersWord()
    {
        // (1) The commit is asked for, and the question is delayed; (2) the source serves again by itself; (3) the
        // question arrives, and the master commits: what was written since (2) would be lost.
        Begin();
        _cluster.Nodes.LetCall<DecideMove>(Fate.Hold);
        Drive(TimeSpan.FromSeconds(3));
        Assert.Equal(TransferPhase.SealedForMove, _cluster.Ownership("g1").Phase);

        _cluster.Nodes.FateOf = static packet => packet is Packet.Call { Request: DecideMove { Receipt: not null } }
            ? Fate.Hold
            : Fate.Deliver;
        Drive(TimeSpan.FromSeconds(1.5));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2"));
        _cluster.Nodes.ReleaseAll();
        Assert.Empty(_cluster.Map.Committed);

        Drive(TimeSpan.FromSeconds(5));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Source_RestartedWhileSealed_CancelsTheSeal_AndTheMoveGoesOn()
    {
        Begin();
        _cluster.Nodes.LetCall<MoveReady>(Fate.Lose);
        Drive(Tick);
        _cluster.Crash("g1");
        _cluster.Nodes.FateOf = null;
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2"));
        Assert.Equal(new Epoch(2), _cluster.Map.Cancelled[Move]);

        Drive(TimeSpan.FromSeconds(5));
        Assert.Equal(Keys.Done("2"), _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Target_Restarted_GoesOnFromTheChunksThatAreThere()
    {
        ShardCluster cluster = new(static config => config with
        {
            Log = new LogOptions { CheckpointRecords = 8, ChunkBytes = 128, DigestRecords = 4 },
        });
        cluster.Seed("g1", "{}");
        for (int key = 0; key < 64; key++)
            cluster.Write("g1", $"\"k{key}\"", $"{key}");

        List<int> read = [];
        cluster.Nodes.FateOf = packet =>
        {
            if (packet is Packet.Store { Request: StoreRequest.ReadChunk { Log: var log } chunk } && log == ShardCluster.LogOf("g1"))
            {
                read.Add(chunk.Number);
                return read.Count == 5 ? Fate.LoseCompletion : Fate.Deliver;
            }

            return Fate.Deliver;
        };
        cluster.Ask("g2", Copying());
        cluster.Nodes.Advance(Tick);
        cluster.Crash("g2");
        cluster.Ask("g2", Copying());
        cluster.Nodes.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(TransferPhase.Serving, cluster.Ownership("g2").Phase);
        Assert.Equal([0, 1, 2, 3, 4, 4], read.Take(6));
    }

    [Fact]
    public void Copy_OfAnEarlierPrimary_IsRefused()
    {
        Begin();
        Drive(Tick);
        Message? reply = _cluster.Ask("g2", Copying() with { Term = new Term(4), Move = new MoveId(8) });
        Assert.Equal(ShardRefusalKind.WrongState, Assert.IsType<ShardRefusal>(reply).Kind);
        _cluster.Crash("g2");
        reply = _cluster.Ask("g2", Copying() with { Term = new Term(4), Move = new MoveId(8) });
        Assert.Equal(ShardRefusalKind.WrongState, Assert.IsType<ShardRefusal>(reply).Kind);
    }

    [Fact]
    public void Abort_DiscardsAtTheTarget_AndALateOrderBeginsNothing()
    {
        Begin();
        _cluster.Nodes.LetCall<SealForMove>(Fate.Hold);
        Drive(Tick);
        _cluster.Map.Aborted.Add(Move);
        Assert.Equal(MoveStep.Discarded, Order(MoveCommand.Abort, "g2").Step);
        Assert.Equal(MoveStep.Discarded, Order(MoveCommand.Abort, "g1").Step);

        Assert.IsType<ShardRefusal>(_cluster.Ask("g2", Copying()));
        _cluster.Nodes.ReleaseAll();
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2"));
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g2").Phase);
        Assert.Null(_cluster.Node("g2").State.Staging);
    }

    [Fact]
    public void Abort_OfASealedSource_ServesOn()
    {
        Begin();
        _cluster.Nodes.LetCall<MoveReady>(Fate.Lose);
        Drive(Tick);
        _cluster.Map.Aborted.Add(Move);
        Assert.Equal(MoveStep.Discarded, Order(MoveCommand.Abort, "g1").Step);
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2"));
    }

    [Fact]
    public void Target_ThatHearsNothing_AsksAndDiscardsWhatIsAborted()
    {
        Begin();
        _cluster.Nodes.LetCall<SealForMove>(Fate.Lose);
        Drive(Tick);
        _cluster.Map.Aborted.Add(Move);
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(7));
        Assert.Null(_cluster.Node("g2").State.Staging);
        Assert.Equal(Move, _cluster.Ownership("g2").EndedMove);
    }

    [Fact]
    public void Copy_OfAShardNeverOpened_OpensItAtTheSource()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        Drive(TimeSpan.FromSeconds(2));
        Assert.Equal(TransferPhase.Serving, _cluster.Ownership("g2").Phase);
        Assert.Equal(Keys.Absent, _cluster.Read("g2", "\"x\""));
    }

    [Fact]
    public void Copy_ToWhoHasItAlready_Fails()
    {
        Begin();
        Assert.Equal(MoveStep.Failed, Assert.IsType<MoveProgress>(
            _cluster.Ask("g1", Copying() with { Source = new("g2"), Target = new("g1") })).Step);
    }

    [Fact]
    public void BackAndForth_Often_LosesNothing_AndTheLogsStaySmall()
    {
        Begin();
        for (int round = 0; round < 20; round++)
        {
            (string from, string to) = round % 2 == 0 ? ("g1", "g2") : ("g2", "g1");
            MoveId move = new(100 + (ulong)round);
            DriveMove order = new(new Term(5), move, new(from), new(to), MoveCommand.Copy, Epoch.None);
            for (int tick = 0; tick < 10; tick++)
            {
                _cluster.Ask(to, order);
                _cluster.Nodes.Advance(Tick);
            }

            Assert.Equal(TransferPhase.Serving, _cluster.Ownership(to).Phase);
            Assert.Equal(Keys.Done(), _cluster.Write(to, "\"n\"", $"{round}", Keys.Client("c", 10 + round)));
        }

        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));
        long bytes = _cluster.Nodes.Store.Records(ShardCluster.LogOf("g1")).Values.Sum(static record => (long)record.Length);
        Assert.True(bytes < 20_000, $"the records of g1's log have {bytes} bytes");
    }

    [Fact]
    public void Move_WhenServed_DropsThePiecesFromTheTargetsLog()
    {
        Begin();
        _cluster.Write("g1", "\"large\"", $"\"{new string('x', 10_000)}\"", Keys.Client("c", 4));
        Drive();

        Assert.Equal(TransferPhase.Serving, _cluster.Ownership("g2").Phase);
        long bytes = _cluster.Nodes.Store.Records(ShardCluster.LogOf("g2")).Values.Sum(static record => (long)record.Length);
        Assert.True(bytes < 5_000, $"the records of g2's log have {bytes} bytes");
    }

    private static DriveMove Copying() =>
        new(new Term(5), Move, new("g1"), new("g2"), MoveCommand.Copy, Epoch.None);

    private void Begin()
    {
        _cluster.Seed("g1", """{"x":1}""");
        _cluster.Write("g1", "\"s\"", "5", Keys.Client("c", 3));
        _cluster.Write("g1", "\"r\"", "7", Keys.Router("r", 9));
    }

    private void Drive() => Drive(TimeSpan.FromSeconds(2));

    private void Drive(TimeSpan span)
    {
        for (TimeSpan spent = TimeSpan.Zero; spent < span; spent += Tick)
        {
            _cluster.Send("g2", Copying());
            _cluster.Nodes.Run();
            _cluster.Nodes.Advance(Tick);
        }
    }

    private MoveProgress Order(MoveCommand order, string group) => Assert.IsType<MoveProgress>(_cluster.Ask(
        group, Copying() with { Command = order, Granted = _cluster.Map.Committed.GetValueOrDefault(Move) }));
}
