using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>
/// Requests that are meant for an epoch which ends while their entries wait for the log. Each record has one entry, as
/// where many wait:
/// <list type="number">
/// <item>the primary begins a move and gives it up; the move's seal and its end wait for the source's log;</item>
/// <item>a request arrives at the epoch that it is meant for, and waits behind them;</item>
/// <item>it is not answered in time and is repeated; seal and end are applied, so its epoch is over.</item>
/// </list>
/// </summary>
public sealed class EndedEpochTests
{
    private static readonly MoveId Move = new(7);
    private static readonly Term Term = new(5);
    private static readonly GroupId Source = new("g1");
    private static readonly GroupId Target = new("g2");

    private readonly ShardCluster _cluster = new(
        static config => config with { Log = new LogOptions { DigestRecords = 4, BatchBytesMax = 1 } });

    [Fact]
    public void Prepare_WhoseEpochEndsWhileItWaits_SealsNothing()
    {
        // Found by the simulator: the answer to the first attempt was late, and the repetition was refused for certain, so
        // the coordinator went away. But the first had been carried out: no group served the shard any more.
        Epoch before = Served();
        PrepareMigration prepare = new(Target) { MeantFor = before };
        SendSealAndEnd();
        TestCall first = _cluster.Send("g1", prepare);
        _cluster.Nodes.Run();

        PutNext();
        PutNext();
        Assert.Equal((TransferPhase.Serving, false), (_cluster.Ownership("g1").Phase, first.Replies.Count > 0));
        TestCall second = _cluster.Send("g1", prepare);
        _cluster.Nodes.ReleaseAll();

        AssertRefused(ShardRefusalKind.WrongState, null, second.Reply);
        AssertRefused(ShardRefusalKind.WrongState, null, first.Reply);
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "\"x\"", "2"));
    }

    [Fact]
    public void Write_WhoseRepetitionWasRefused_IsNotCarriedOut()
    {
        // The refusal says that nothing of the request is in this copy, so its router has it carried out wherever the
        // shard goes next. The router's session stays behind here: nobody there would know of the first attempt.
        Epoch before = Served();
        KeyRequest write = Keys.Write("\"x\"", "9", Keys.Router("r", 1)) with { MeantFor = before };
        SendSealAndEnd();
        _cluster.Nodes.Run();
        _cluster.Send("g1", Keys.Write("\"y\"", "1"));
        TestCall first = _cluster.Send("g1", write);
        _cluster.Nodes.Run();

        PutNext();
        Assert.Equal(TransferPhase.SealedForMove, _cluster.Ownership("g1").Phase);
        TestCall second = _cluster.Send("g1", write);
        _cluster.Nodes.Run();
        PutNext();
        PutNext();
        AssertRefused(ShardRefusalKind.Moved, "g1", second.Reply);
        Assert.Empty(first.Replies);
        _cluster.Nodes.ReleaseAll();

        AssertRefused(ShardRefusalKind.Moved, "g1", first.Reply);
        Assert.Equal(Keys.Done("1"), _cluster.Read("g1", "\"x\""));
        Assert.Null(_cluster.Node("g1").State.Recorded(Keys.Router("r", 1)));
    }

    private Epoch Served()
    {
        Assert.IsType<ShardDone>(_cluster.Seed("g1", """{"x":1}"""));
        return _cluster.Ownership("g1").Epoch;
    }

    /// <summary>A move's seal, and the order that gives it up; from now on each put waits for the test.</summary>
    private void SendSealAndEnd()
    {
        _cluster.Nodes.LetStore<StoreRequest.Put>(Fate.Hold);
        _cluster.Send("g1", new SealForMove(Term, Move, Target));
        _cluster.Send("g1", new DriveMove(Term, Move, Source, Target, MoveCommand.Abort, Epoch.None));
    }

    private void PutNext()
    {
        _cluster.Nodes.Release(Assert.Single(_cluster.Nodes.Held));
        _cluster.Nodes.Run();
    }

    private static void AssertRefused(ShardRefusalKind kind, string? owner, Message? reply) =>
        ShardNodeKeyTests.AssertRefused(kind, owner, reply);
}
