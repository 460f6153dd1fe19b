using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Backups;

/// <summary>
/// What a backup asks of a copy; and a copy that receives its content: nothing is served before the masters have decided, and all of it
/// after.
/// </summary>
public sealed class ShardRestoreTests
{
    private static readonly RestoreId First = new(1);
    private static readonly RestoreId Second = new(2);

    private readonly ShardCluster _cluster = new();
    private readonly SampleShard _backup = SampleShard.Of(3);

    [Fact]
    public void Restore_Committed_ServesKeysAndSessions()
    {
        Receive(First);
        Decide(First, RestorePhase.Receiving);
        IsNotServed();
        Decide(First, RestorePhase.Committed);

        Assert.IsType<ShardDone>(_cluster.Ask("g1", new EndRestore(First)));
        Assert.Equal(Keys.Done("20"), _cluster.Read("g1", "2"));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "2", "21"));

        // Carried out in the cluster that was backed up: once is enough.
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "2", "20", Keys.Client("c2", 1)));
        Assert.Equal(Keys.Done("21"), _cluster.Read("g1", "2"));
    }

    // (1) A checkpoint fails; (2) nothing is written, so that its index stays; (3) the same index is never tried twice.
    [Fact]
    public void Checkpoint_ThatFailsInAnIdleLog_IsTriedAgainForEachRequest()
    {
        _cluster.Seed("g1", """{"x":1}""");
        int chunks = 0;
        Fate fate = Fate.Fail;
        _cluster.Nodes.FateOf = packet =>
        {
            bool isChunk = packet is Packet.Store { Request: StoreRequest.PutChunk };
            chunks += isChunk ? 1 : 0;
            return isChunk ? fate : Fate.Deliver;
        };
        ShardCheckpointed first = Assert.IsType<ShardCheckpointed>(_cluster.Ask("g1", new CheckpointShard()));
        CheckpointShard again = new() { AtLeast = first.Index };
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("the test says so", Assert.IsType<ShardCheckpointed>(_cluster.Ask("g1", again)).Obstacle);

        // Two tries for a request, if nothing else is written.
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(10));
        Assert.InRange(chunks, 2, 4);
        Assert.False(_cluster.Nodes.Store.HasCheckpoint(ShardCluster.LogOf("g1")));

        fate = Fate.Deliver;
        _cluster.Ask("g1", again);
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_cluster.Nodes.Store.HasCheckpoint(ShardCluster.LogOf("g1")));

        // It is there: asked for once more, nothing is written, not even after a write.
        int before = chunks;
        Assert.Null(Assert.IsType<ShardCheckpointed>(_cluster.Ask("g1", again)).Obstacle);
        _cluster.Write("g1", "2", "20");
        _cluster.Ask("g1", again);
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(before, chunks);
    }

    [Fact]
    public void Restore_NobodyTellsTheCopy_ItAsks()
    {
        Receive(First);
        Decide(First, RestorePhase.Committed);

        _cluster.Nodes.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Keys.Done("20"), _cluster.Read("g1", "2"));
    }

    [Theory]
    [InlineData(1, RestorePhase.Aborted)]
    [InlineData(2, RestorePhase.Receiving)]
    [InlineData(2, RestorePhase.Committed)]
    public void Restore_GivenUpOrFollowedByAnother_LeavesAnEmptyShard(ulong newest, RestorePhase phase)
    {
        Receive(First);
        Decide(new RestoreId(newest), phase);

        _cluster.Nodes.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Keys.Absent, _cluster.Read("g1", "2"));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "2", "5", Keys.Client("c2", 1)));
        Assert.Equal(Keys.Done("5"), _cluster.Read("g1", "2"));
    }

    [Fact]
    public void Restore_CrashInBetween_GoesOn()
    {
        Begin(First);
        for (int number = 0; number < _backup.Chunks.Count; number++)
        {
            _cluster.Crash("g1");
            RestoreProgress progress = Send(First, number);
            Assert.Equal(number + 1, progress.Chunks);
        }

        _cluster.Crash("g1");
        IsNotServed();
        Decide(First, RestorePhase.Committed);
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Keys.Done("20"), _cluster.Read("g1", "2"));
    }

    [Fact]
    public void Restore_ChunkSentTwice_IsTakenOnce()
    {
        Begin(First);
        Send(First, 0);
        Assert.Equal(1, Send(First, 0).Chunks);
        Assert.Equal(1, Send(First, 5).Chunks);
    }

    [Fact]
    public void Restore_BegunAgain_DropsWhatCameBefore()
    {
        Begin(First);
        Send(First, 0);
        Begin(Second);
        Assert.IsType<ShardRefusal>(_cluster.Ask("g1", new RestoreShard(First, 0, _backup.Chunks[0])));
        Assert.IsType<ShardRefusal>(_cluster.Ask("g1", new RestoreShard(First, null, _backup.Manifest)));
        Assert.Equal(1, Send(Second, 0).Chunks);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("session")]
    public void Restore_ShardThatIsNotEmpty_IsRefusedAndServes(string what)
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Write("g1", "1", "1", what == "session" ? Keys.Client("c", 1) : default);
        if (what == "session")
            _cluster.Ask("g1", Keys.Delete("1"));

        ShardRefusal refused = Assert.IsType<ShardRefusal>(_cluster.Ask("g1", new RestoreShard(First, null, _backup.Manifest)));
        Assert.Contains("it is not empty", refused.Text, StringComparison.Ordinal);
        Assert.True(_cluster.IsAvailable("g1"));
    }

    [Fact]
    public void Restore_DamagedChunk_IsSaidAndNeverServed()
    {
        Begin(First);
        byte[] damaged = [.. _backup.Chunks[0]];
        damaged[3] ^= 1;
        Assert.Contains("checksum", Send(First, 0, damaged).Damage, StringComparison.Ordinal);
        Decide(First, RestorePhase.Committed);
        _cluster.Nodes.Advance(TimeSpan.FromSeconds(3));

        IsNotServed();
        Assert.Contains(_cluster.Nodes.Alarms, static alarm => alarm.Contains("its content is not whole here", StringComparison.Ordinal));
    }

    [Fact]
    public void Restore_ManifestThatIsNone_IsRefused()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        ShardRefusal refused = Assert.IsType<ShardRefusal>(_cluster.Ask("g1", new RestoreShard(First, null, [1, 2, 3, 4, 5])));
        Assert.Equal(ShardRefusalKind.Malformed, refused.Kind);
        Assert.True(_cluster.IsAvailable("g1"));
    }

    [Fact]
    public void Restore_WhatIsReceived_IsInACheckpoint()
    {
        ShardReplay shard = ShardReplay.Serving();
        shard.Do(new TransferEntry.RestoreBegin(First, _backup.Manifest));
        shard.Do(new TransferEntry.RestoreChunk(First, 0, _backup.Chunks[0]));
        ShardReplay restored = shard.Restored();

        Assert.Equal((shard.State.Digest, First), (restored.State.Digest, restored.State.Restoring));
        for (int number = 1; number < _backup.Chunks.Count; number++)
            restored.Do(new TransferEntry.RestoreChunk(First, number, _backup.Chunks[number]));

        restored.Do(new TransferEntry.RestoreEnd(First, IsCommitted: true));
        Assert.Equal(_backup.Content.Keys, restored.State.Keys);
        Assert.Equal(TransferPhase.Serving, restored.State.Ownership.Phase);
    }

    [Fact]
    public void Restore_InAMovesReplica_IsFollowed()
    {
        ShardReplay shard = ShardReplay.Serving();
        shard.Do(new TransferEntry.RestoreBegin(First, _backup.Manifest));
        Assert.IsType<ShardRefusal>(shard.Do(new TransferEntry.Seal(new MoveId(1), new Term(1), new GroupId("g2"))));
        Assert.IsType<ShardRefusal>(shard.Do(new TransferEntry.Prepare(new GroupId("g2"))));
        Assert.IsType<ShardRefusal>(shard.Do(new TransferEntry.Begin(new MoveId(1), new Term(1), new GroupId("g2"), null)));
        Assert.IsType<ShardDone>(shard.Do(new TransferEntry.DiscardStaging(new MoveId(1))));
        Assert.Equal(First, shard.State.Restoring);
    }

    [Fact]
    public void Checkpoint_OfACopyThatServes_HasAllThatWasAcknowledged()
    {
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        _cluster.Write("g1", "1", "2");
        LogIndex index = Assert.IsType<ShardCheckpointed>(_cluster.Ask("g1", new CheckpointShard())).Index;
        StoreRequest.ReadManifest read = new(default, ShardCluster.LogOf("g1"));
        ReadOnlyMemory<byte> bytes = Assert.IsType<StoreCompletion.Manifest>(_cluster.Nodes.Store.Execute(read)).Bytes!.Value;
        CheckpointManifest manifest = CheckpointManifest.Decode(bytes.Span);
        Assert.True(manifest.Id.Index >= index);

        // Nothing was written since: the same one serves.
        Assert.Equal(index, Assert.IsType<ShardCheckpointed>(_cluster.Ask("g1", new CheckpointShard())).Index);
    }

    [Fact]
    public void Checkpoint_OfACopyThatDoesNotServe_IsRefused()
    {
        _cluster.Prepared();
        Assert.IsType<ShardRefusal>(_cluster.Ask("g1", new CheckpointShard()));
        Assert.IsType<ShardRefusal>(_cluster.Ask("g2", new CheckpointShard()));
        Begin(First, "g3", expectsRefusal: true);
    }

    private void Receive(RestoreId restore)
    {
        Begin(restore);
        for (int number = 0; number < _backup.Chunks.Count; number++)
            Assert.Equal(number == _backup.Chunks.Count - 1, Send(restore, number).IsComplete);
    }

    private void Begin(RestoreId restore, string group = "g1", bool expectsRefusal = false)
    {
        Decide(restore, RestorePhase.Receiving);
        _cluster.Map.Locate(new LocateShard(ShardCluster.Shard, new GroupId("g1")));
        Message? answer = _cluster.Ask(group, new RestoreShard(restore, null, _backup.Manifest));
        Assert.IsType(expectsRefusal ? typeof(ShardRefusal) : typeof(RestoreProgress), answer);
    }

    private RestoreProgress Send(RestoreId restore, int number, byte[]? chunk = null) => Assert.IsType<RestoreProgress>(
        _cluster.Ask("g1", new RestoreShard(restore, number, chunk ?? _backup.Chunks[number])));

    private void Decide(RestoreId restore, RestorePhase phase) => _cluster.Map.Restore = new RestoreStatus(restore, phase, "b");

    private void IsNotServed()
    {
        Assert.IsType<ShardRefusal>(_cluster.Read("g1", "2"));
        Assert.IsType<ShardRefusal>(_cluster.Write("g1", "2", "1", Keys.Client("c2", 9)));
        Assert.IsType<ShardRefusal>(_cluster.Snapshot("g1"));
        Assert.IsType<ShardRefusal>(_cluster.Seed("g1", "{}"));
        Assert.False(_cluster.IsAvailable("g1"));
    }
}
