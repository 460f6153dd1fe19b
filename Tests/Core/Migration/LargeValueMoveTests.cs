using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>Moves of shards that have values of many chunks: no commit of the move may be as large as they are.</summary>
public sealed class LargeValueMoveTests
{
    private const int ChunkBytes = 128;
    private const int ValueBytes = 5_000;

    // A chunk of one item that is not sliced, and what an entry and a record add.
    private const int PieceBytesMax = (5 * ChunkBytes) + 200;

    private static readonly DriveMove Copying =
        new(new Term(5), new MoveId(7), new GroupId("g1"), new GroupId("g2"), MoveCommand.Copy, Epoch.None);

    private readonly ShardCluster _cluster = new(static config => config with
    {
        Log = new LogOptions { CheckpointRecords = 8, ChunkBytes = ChunkBytes, DigestRecords = 4 },
        MoveReadBytes = ChunkBytes,
        MoveSealWithinBytes = ChunkBytes / 2,
    });

    [Fact]
    public void Copy_LargeValues_IsMadeOfBoundedPieces()
    {
        Fill();
        List<(LogName Log, int Bytes)> commits = [];
        _cluster.Nodes.FateOf = packet =>
        {
            if (packet is Packet.Store { Request: StoreRequest.Put put })
                commits.Add((put.Log, put.Record.Length));
            else if (packet is Packet.Store { Request: StoreRequest.PutChunk chunk })
                commits.Add((chunk.Log, chunk.Chunk.Length));

            return Fate.Deliver;
        };
        Drive();

        AssertMoved();
        Assert.True(commits.Count(static commit => commit.Log == ShardCluster.LogOf("g2")) > 2 * 2 * ValueBytes / ChunkBytes);
        Assert.All(commits, static commit => Assert.InRange(commit.Bytes, 1, PieceBytesMax));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(20)]
    [InlineData(45)]
    public void Target_CrashesInTheMiddleOfAValue_ContinuesFromItsOwnCheckpoint(int chunk)
    {
        Fill();
        int read = 0;
        LogName source = ShardCluster.LogOf("g1");
        _cluster.Nodes.FateOf = packet =>
            packet is Packet.Store { Request: StoreRequest.ReadChunk { Log: var log } } && log == source && ++read == chunk
                ? Fate.LoseCompletion
                : Fate.Deliver;
        _cluster.Ask("g2", Copying);
        _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(chunk, read);
        _cluster.Crash("g2");
        Drive();

        AssertMoved();
    }

    // A log without a checkpoint does not say how much there is to copy: the source does.
    [Theory]
    [InlineData(1000)]
    [InlineData(8)]
    public void Copy_TellsTheWholeSizeOfTheSourcesLog_WithACheckpointOrWithout(int checkpointRecords)
    {
        ShardCluster cluster = new(config => config with
        {
            Log = new LogOptions { CheckpointRecords = checkpointRecords, ChunkBytes = 128 },
            MoveReadBytes = 128,
            MoveBytesPerSecond = 1000,
            MoveSealWithinBytes = 64,
        });
        cluster.Seed("g1", "{}");
        for (int key = 0; key < 200; key++)
            cluster.Write("g1", $"\"k{key}\"", $"{key}", Keys.Client($"c{key % 10}", key + 1));

        cluster.Ask("g2", Copying);
        cluster.Nodes.Advance(TimeSpan.FromSeconds(1));
        MoveProgress copying = Assert.IsType<MoveProgress>(cluster.Ask("g2", Copying));
        Assert.Equal(MoveStep.Copying, copying.Step);
        Assert.InRange(copying.BytesDone, 1, copying.BytesTotal - 1);
        for (int tick = 0; tick < 1000 && cluster.Ownership("g2").Phase != TransferPhase.Serving; tick++)
        {
            MoveProgress now = Assert.IsType<MoveProgress>(cluster.Ask("g2", Copying));
            copying = now.Step == MoveStep.Copying ? now : copying;
            cluster.Nodes.Advance(TimeSpan.FromMilliseconds(100));
        }

        // What is read and what was told differ by what the source has logged since: the seal.
        Assert.Equal(TransferPhase.Serving, cluster.Ownership("g2").Phase);
        Assert.InRange(copying.BytesDone, copying.BytesTotal * 9 / 10, copying.BytesTotal);
    }

    private void Fill()
    {
        _cluster.Seed("g1", "{}");
        for (int key = 0; key < 2; key++)
        {
            KeyCommand command = new(KeyVerb.Write, JsonText.Parse($"\"large{key}\""), Keys.Large(ValueBytes), default, false);
            Assert.Equal(Keys.Done(), _cluster.Ask("g1", new KeyRequest(SessionTag.None, command)));
        }

        // A checkpoint follows, so that the large values are no longer in records.
        for (int key = 0; key < 20; key++)
            Assert.Equal(Keys.Done(), _cluster.Write("g1", $"\"k{key}\"", $"{key}", Keys.Client($"c{key}", 1)));
    }

    private void Drive()
    {
        for (int tick = 0; tick < 100 && _cluster.Ownership("g2").Phase != TransferPhase.Serving; tick++)
        {
            _cluster.Ask("g2", Copying);
            _cluster.Nodes.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    private void AssertMoved()
    {
        Assert.Equal(TransferPhase.Serving, _cluster.Ownership("g2").Phase);
        Assert.Equal(Keys.Large(ValueBytes), Assert.IsType<KeyReply>(_cluster.Read("g2", "\"large1\"")).Value);
        for (int key = 0; key < 20; key++)
            Assert.Equal(Keys.Done($"{key}"), _cluster.Read("g2", $"\"k{key}\""));

        // What was restored from slices is what the log's digests say, at the target and after its restart.
        _cluster.Crash("g2");
        Assert.Equal(Keys.Large(ValueBytes), Assert.IsType<KeyReply>(_cluster.Read("g2", "\"large0\"")).Value);
        Assert.Empty(_cluster.Nodes.Alarms);
    }
}
