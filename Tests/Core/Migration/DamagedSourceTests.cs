using OrleansShards.Core;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>
/// A move whose source's log is damaged in the store, while the source, which need not read it, serves: the damage is named, the
/// target's log does not grow by copies that are begun again for ever, and the source's next checkpoint mends it.
/// </summary>
public sealed class DamagedSourceTests
{
    private static readonly LogName Source = ShardCluster.LogOf("g1");
    private static readonly LogName Target = ShardCluster.LogOf("g2");
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly DriveMove Copying = new(new Term(5), new MoveId(7), new("g1"), new("g2"), MoveCommand.Copy, Epoch.None);

    private readonly ShardCluster _cluster = new(static config => config with
    {
        Log = new LogOptions { CheckpointRecords = 8, ChunkBytes = 128, DigestRecords = 4 },
    });

    private int _written;

    private int _begun;

    public DamagedSourceTests()
    {
        _cluster.Seed("g1", "{}");

        // No time passes where a copy begins again at once: the world would not come to its end.
        _cluster.Nodes.FateOf = packet =>
        {
            if (packet is Packet.Store { Request: StoreRequest.ReadManifest { Log: var log } } && log == Source)
                Assert.InRange(++_begun, 1, 500);

            return Fate.Deliver;
        };
    }

    [Fact]
    public void Copy_OfACheckpointWithoutAChunk_SaysSo_AndWaitsForTheNext()
    {
        Write(20);
        _cluster.Nodes.Store.LoseChunk(Source, 1);

        AssertNamed("chunk 1 of the checkpoint at");
        AssertMoves();
    }

    [Fact]
    public void Copy_OfALogThatTellsOfACheckpointWhichIsNotThere_SaysSo_AndWaitsForTheNext()
    {
        Write(20);
        LogIndex last = _cluster.Nodes.Store.Records(Source).Keys.Max();
        _cluster.Nodes.Store.ClaimCheckpoint(Source, last.Next());

        AssertNamed($"the newest checkpoint is at {last.Next()}, and the manifest is that of");
        AssertMoves();
    }

    private void AssertNamed(string damage)
    {
        Drive(TimeSpan.FromSeconds(5));
        int records = _cluster.Nodes.Store.Records(Target).Count;
        Drive(TimeSpan.FromSeconds(20));

        Assert.Contains(damage, Order().Obstacle, StringComparison.Ordinal);
        Assert.Equal(records, _cluster.Nodes.Store.Records(Target).Count);
        Assert.Equal(Keys.Done("0"), _cluster.Read("g1", "\"k0\""));
    }

    private void AssertMoves()
    {
        Write(20);
        Drive(TimeSpan.FromSeconds(5));

        Assert.Equal(TransferPhase.Serving, _cluster.Ownership("g2").Phase);
        for (int key = 0; key < _written; key++)
            Assert.Equal(Keys.Done($"{key}"), _cluster.Read("g2", $"\"k{key}\""));

        Assert.Empty(_cluster.Nodes.Alarms);
    }

    private void Write(int keys)
    {
        for (int end = _written + keys; _written < end; _written++)
            Assert.Equal(Keys.Done(), _cluster.Write("g1", $"\"k{_written}\"", $"{_written}", Keys.Client("c", _written + 1)));
    }

    private MoveProgress Order() => Assert.IsType<MoveProgress>(_cluster.Ask("g2", Copying));

    private void Drive(TimeSpan span)
    {
        for (TimeSpan spent = TimeSpan.Zero; spent < span; spent += Tick)
        {
            _cluster.Send("g2", Copying);
            _cluster.Nodes.Run();
            _cluster.Nodes.Advance(Tick);
        }
    }
}
