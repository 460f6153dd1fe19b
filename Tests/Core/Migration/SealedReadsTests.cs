using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

public sealed class SealedReadsTests
{
    private readonly ShardCluster _cluster = new();

    [Fact]
    public void BeforeTheTargetWasTold_ReadsGoOnWithoutIt_AndWritesAreRefused()
    {
        _cluster.Prepared();
        _cluster.Nodes.CutOff(ShardCluster.At("g2"));
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\"", Keys.Client("c", 1)));
        AssertRefused(ShardRefusalKind.HandingOver, null, _cluster.Write("g1", "\"x\"", "2"));
    }

    [Fact]
    public void Write_MeantForAnEarlierEpoch_IsRefusedWhenTheShardIsBack()
    {
        // Found by the simulator: an attempt was on its way while the shard went to another group, which carried the
        // request out, and came back. The router's session had stayed there.
        JsonText snapshot = _cluster.Prepared("""{"x":1}""");
        Epoch before = _cluster.Node("g1").State.Ownership.Epoch;
        KeyRequest late = Keys.Write("\"x\"", "9", Keys.Router("r", 1)) with { MeantFor = before };
        _cluster.Receive("g2", snapshot, "g1");
        _cluster.Confirm("g1");
        snapshot = Assert.IsType<ShardSnapshotReply>(_cluster.Prepare("g2", "g1")).Snapshot;
        _cluster.Receive("g1", snapshot, "g2");
        _cluster.Confirm("g2");

        AssertRefused(ShardRefusalKind.Moved, "g1", _cluster.Ask("g1", late));
        AssertRefused(ShardRefusalKind.Moved, "g1", _cluster.Ask("g1", late with { MeantFor = Epoch.None }));
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));

        KeyRequest now = late with { MeantFor = _cluster.Node("g1").State.Ownership.Epoch };
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", now));
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", late));
    }

    [Fact]
    public void AfterTheInstall_EverythingIsRedirected()
    {
        _cluster.Received();
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Read("g1", "\"x\""));
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Write("g1", "\"x\"", "2"));
    }

    [Fact]
    public void GrantedButNotTaken_ReadsAreAnsweredAfterTheTargetWasAsked()
    {
        Granted();
        _cluster.Nodes.LetCall<QueryServing>(Fate.Hold);
        TestCall read = _cluster.Send("g1", Keys.Read("\"x\""));
        TestCall write = _cluster.Send("g1", Keys.Write("\"x\"", "2"));
        _cluster.Nodes.Run();
        Assert.Null(read.Reply);
        _cluster.Nodes.ReleaseAll();
        Assert.Equal(Keys.Done("1"), read.Reply);
        AssertRefused(ShardRefusalKind.HandingOver, null, write.Reply);
    }

    [Fact]
    public void AReadThatComesWhileTheTargetIsAsked_WaitsForTheNextQuestion()
    {
        // (1) a read asks; the target answers 'not taken', on its way; (2) the target installs and a client writes
        // there;
        // (3) another read arrives at the source, begun after that write: it must not be answered from what is sealed.
        Granted();
        _cluster.Nodes.LetAnswer<ServingReply>(Fate.Hold);
        TestCall early = _cluster.Send("g1", Keys.Read("\"x\""));
        _cluster.Nodes.Run();
        Packet answer = Assert.Single(_cluster.Nodes.Held);
        Assert.IsType<ShardDone>(_cluster.Receive("g2", Snapshot()));
        Assert.Equal(Keys.Done(), _cluster.Write("g2", "\"x\"", "2"));
        TestCall late = _cluster.Send("g1", Keys.Read("\"x\""));
        _cluster.Nodes.Run();
        _cluster.Nodes.FateOf = null;
        _cluster.Nodes.Release(answer);
        _cluster.Nodes.Run();

        Assert.Equal(Keys.Done("1"), early.Reply);
        AssertRefused(ShardRefusalKind.Moved, "g2", late.Reply);
    }

    [Fact]
    public void TheTargetsAnswer_IsProvedByItsOwnLog()
    {
        // An old activation of the target has not seen that a newer one has installed the shard.
        Granted();
        TestNode old = _cluster.Nodes.Start(ShardCluster.At("g2"));
        _cluster.Nodes.StartAnother(ShardCluster.At("g2"));
        _cluster.Nodes.Run();
        Assert.IsType<ShardDone>(_cluster.Receive("g2", Snapshot()));
        Message? reply = _cluster.Nodes.Ask(
            ShardCluster.At("g2"), new QueryServing(_cluster.Ownership("g1").Granted), old);
        Assert.NotEqual(new ServingReply(false), reply);
    }

    [Fact]
    public void TheSourcesOwnStanding_IsProvedByItsLog()
    {
        // An old activation of the source has not seen that a newer one has rolled back and written.
        _cluster.Prepared();
        TestNode old = _cluster.Nodes.Start(ShardCluster.At("g1"));
        _cluster.Nodes.StartAnother(ShardCluster.At("g1"));
        _cluster.Nodes.Run();
        _cluster.Abort("g1");
        _cluster.Write("g1", "\"x\"", "2");
        AssertRefused(
            ShardRefusalKind.NotReady, null, _cluster.Nodes.Ask(ShardCluster.At("g1"), Keys.Read("\"x\""), old));
    }

    [Fact]
    public void WhereTheTargetIsSilent_OperationsAreRefusedInTime()
    {
        Granted();
        _cluster.Nodes.CutOff(ShardCluster.At("g2"));
        TestCall read = _cluster.Send("g1", Keys.Read("\"x\""));
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(300));
        TestCall late = _cluster.Send("g1", Keys.Write("\"x\"", "2"));
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(1400));
        AssertRefused(ShardRefusalKind.HandingOver, null, read.Reply);
        AssertRefused(ShardRefusalKind.HandingOver, null, late.Reply);
    }

    [Fact]
    public void WhereTheHandOverEndsMeanwhile_OperationsAreCarriedOut()
    {
        Granted();
        _cluster.Nodes.LetCall<QueryServing>(Fate.Hold);
        TestCall read = _cluster.Send("g1", Keys.Read("\"x\""));
        _cluster.Nodes.Run();
        TestCall write = _cluster.Send("g1", Keys.Write("\"x\"", "2"));
        Assert.IsType<ShardDone>(_cluster.Abort("g1"));
        _cluster.Nodes.ReleaseAll();
        Assert.Equal(Keys.Done(), write.Reply);
        Assert.Equal(KeyVerdict.Done, Assert.IsType<KeyReply>(read.Reply).Verdict);
        Assert.Equal(Keys.Done("2"), _cluster.Read("g1", "\"x\""));
    }

    [Fact]
    public void AWriteThatWaitsForItsProofWhileTheAbortEnds_IsCarriedOut()
    {
        Granted();
        _cluster.Nodes.LetCall<DiscardCopy>(Fate.Hold);
        TestCall abort = _cluster.Send("g1", new AbortMigration());
        _cluster.Nodes.Run();
        _cluster.Nodes.FateOf = static packet =>
            packet is Packet.Store { Node.Node.Address.Name: "g1", Request: StoreRequest.Put } ? Fate.Hold : Fate.Deliver;
        _cluster.Nodes.Release(Assert.Single(_cluster.Nodes.Held));
        _cluster.Nodes.Run();
        TestCall write = _cluster.Send("g1", Keys.Write("\"x\"", "2"));
        _cluster.Nodes.Run();
        _cluster.Nodes.ReleaseAll();
        Assert.IsType<ShardDone>(abort.Reply);
        Assert.Equal(Keys.Done(), write.Reply);
    }

    [Fact]
    public void WhereTheTargetCannotBeReached_OperationsAreRefusedAtOnce()
    {
        _cluster.Seed("g1", "{}");
        _cluster.Prepare("g1", "g9");
        ulong digest = _cluster.Node("g1").State.ContentDigest();
        _cluster.Ask("g1", new RelinquishShard(new("g9"), RelinquishReason.Receive, digest, new(1)));
        AssertRefused(ShardRefusalKind.HandingOver, null, _cluster.Read("g1", "1"));
    }

    [Fact]
    public void WhileAborting_ReadsAreAnsweredUnlessTheTargetServes()
    {
        Granted();
        _cluster.Nodes.LetCall<DiscardCopy>(Fate.Lose);
        _cluster.Send("g1", new AbortMigration());
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));
        Assert.IsType<ShardRefusal>(_cluster.Write("g1", "\"x\"", "2"));
        AssertRefused(
            ShardRefusalKind.WrongState, null, _cluster.Ask("g1", new PrepareMigration(new("g2"))));
    }

    [Fact]
    public void WhileAborting_WhereTheTargetHasTakenIt_OperationsWait()
    {
        _cluster.Received();
        _cluster.Nodes.LetCall<DiscardCopy>(Fate.Lose);
        _cluster.Send("g1", new AbortMigration());
        AssertRefused(ShardRefusalKind.HandingOver, null, _cluster.Read("g1", "\"x\""));
    }

    [Fact]
    public void RecordedOutcomes_AreAnsweredInEveryPhase()
    {
        _cluster.Seed("g1", """{"x":1}""");
        KeyRequest router = Keys.Write("\"x\"", "2", Keys.Router("r", 1));
        KeyRequest client = Keys.Write("\"x\"", "3", Keys.Client("c", 1));
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", router));
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", client));
        _cluster.Prepare("g1", "g2");
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", router));
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", client));
        Assert.Equal(Keys.Stale, _cluster.Ask("g1", Keys.Write("\"x\"", "3", Keys.Client("c", 0))));
        _cluster.Receive("g2", Snapshot());
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", router));
        _cluster.Confirm("g1");
        _cluster.Crash("g1");
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", router));
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Ask("g1", client));
        AssertRefused(ShardRefusalKind.Moved, "g2", _cluster.Ask("g1", Keys.Write("1", "1", Keys.Router("r", 2))));
        Assert.Equal(Keys.Done(), _cluster.Ask("g2", client));
    }

    [Fact]
    public void ARefusal_IsProvedByTheLog()
    {
        // A newer activation may have carried the request out: an old one must not say that it was not.
        _cluster.Received();
        _cluster.Confirm("g1");
        _cluster.Nodes.LetStore<StoreRequest.Probe>(Fate.Hold);
        TestCall write = _cluster.Send("g1", Keys.Write("\"x\"", "2", Keys.Router("r", 1)));
        _cluster.Nodes.Run();
        Assert.Null(write.Reply);
        _cluster.Nodes.ReleaseAll();
        AssertRefused(ShardRefusalKind.Moved, "g2", write.Reply);
    }

    [Fact]
    public void TooManyThatWait_AreRefused()
    {
        ShardCluster cluster = new(static config => config with { WaitingMax = 2 });
        cluster.Prepared();
        ulong digest = cluster.Node("g1").State.ContentDigest();
        cluster.Ask("g1", new RelinquishShard(new("g2"), RelinquishReason.Receive, digest, new(1)));
        cluster.Nodes.LetCall<QueryServing>(Fate.Hold);
        TestCall[] reads = [.. Enumerable.Range(0, 5).Select(_ => cluster.Send("g1", Keys.Read("\"x\"")))];
        cluster.Nodes.Run();
        Assert.Equal(2, reads.Count(static read => read.Reply is ShardRefusal { Kind: ShardRefusalKind.NotReady }));
        cluster.Nodes.ReleaseAll();
        Assert.All(reads, static read => Assert.Single(read.Replies));
    }

    /// <summary>Prepared, the target was told that it may take the shard, and has not.</summary>
    private void Granted()
    {
        _cluster.Prepared();
        ulong digest = _cluster.Node("g1").State.ContentDigest();
        Assert.IsType<Relinquished>(_cluster.Ask("g1", new RelinquishShard(new("g2"), RelinquishReason.Receive, digest, new(1))));
    }

    private OrleansShards.Core.Json.JsonText Snapshot() =>
        Assert.IsType<ShardSnapshotReply>(_cluster.Snapshot("g1")).Snapshot;

    private static void AssertRefused(ShardRefusalKind kind, string? owner, Message? reply) =>
        ShardNodeKeyTests.AssertRefused(kind, owner, reply);
}
