using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Storage;

public abstract partial class LogStoreConformance
{
    [Fact]
    public async Task Drop_Fences_AreKeptAndItIsRepeatable()
    {
        await PutAllAsync(1, 2, 3, 4, 5, 6, 7);
        for (var time = 0; time < 2; time++)
        {
            // A number that is not there, and one above the limit, do no harm in the list.
            await Store.DropAsync(Log, new LogIndex(5), [new(1), new(4), new(9), new(7)], Stop);
            Assert.Equal([1, 4, 6, 7], await IndexesAsync());
            Assert.False(await Store.ProbeAsync(Log, new LogIndex(2), Stop));
            Assert.True(await Store.ProbeAsync(Log, new LogIndex(4), Stop));
        }

        Assert.Equal(Bytes("record 4"), await RecordAsync(4));
    }

    [Fact]
    public async Task Drop_ManyRecords_LeavesOtherLogsAndTheRest()
    {
        await PutAsync(3, Bytes("other"), OtherLog);
        await Task.WhenAll(Enumerable.Range(1, 3000).Select(index => PutAsync((ulong)index, Noise(300))));
        await Store.DropAsync(Log, new LogIndex(2998), [new(1500)], Stop);

        Assert.Equal([1500, 2999, 3000], await IndexesAsync());
        Assert.Equal(Bytes("other"), await RecordAsync(3, OtherLog));
    }

    [Fact]
    public async Task Drop_LogNeverWrittenOrEverything_IsDone()
    {
        await Store.DropAsync(Log, new LogIndex(10), [], Stop);
        await PutAllAsync(1, 2);
        await Store.DropAsync(Log, new LogIndex(ulong.MaxValue), [], Stop);
        Assert.Empty(await IndexesAsync());
    }

    [Fact]
    public async Task Put_DroppedNumber_IsFreeAgain()
    {
        await PutAllAsync(1, 2, 3);
        await Store.DropAsync(Log, new LogIndex(2), [], Stop);
        Assert.Equal(PutOutcome.Stored, await PutAsync(2, Bytes("again")));
        Assert.Equal(PutOutcome.Occupied, await PutAsync(3, Bytes("again")));
        Assert.Equal([2, 3], await IndexesAsync());
        Assert.Equal(Bytes("again"), await RecordAsync(2));
    }

    [Fact]
    public async Task PutChunk_SameAgain_Replaces()
    {
        await Store.PutChunkAsync(Log, Checkpoint(5), 0, Bytes("one"), Stop);
        await Store.PutChunkAsync(Log, Checkpoint(5), 0, Bytes("two"), Stop);
        await Store.PutChunkAsync(Log, Checkpoint(5), 1, Bytes(""), Stop);

        Assert.Equal(Bytes("two"), await ChunkAsync(Checkpoint(5), 0));
        Assert.Empty(Assert.IsType<byte[]>(await ChunkAsync(Checkpoint(5), 1)));
        Assert.Null(await ChunkAsync(Checkpoint(5), 2));
        Assert.Null(await ManifestAsync());
    }

    [Fact]
    public async Task PutChunk_TwoTermsOfOneIndex_DoNotMix()
    {
        await Store.PutChunkAsync(Log, Checkpoint(5, term: 1), 0, Bytes("old writer"), Stop);
        await Store.PutChunkAsync(Log, Checkpoint(5, term: 2), 0, Bytes("new writer"), Stop);

        Assert.True(await Store.PublishAsync(Log, Checkpoint(5, term: 2), Bytes("new"), Stop));
        Assert.False(await Store.PublishAsync(Log, Checkpoint(5, term: 1), Bytes("old"), Stop));
        Assert.Equal(Bytes("new writer"), await ChunkAsync(Checkpoint(5, term: 2), 0));
        Assert.Equal(Bytes("new"), await ManifestAsync());
    }

    [Fact]
    public async Task Publish_Newer_ReplacesAndDeletesOlderChunksOnly()
    {
        foreach (var index in new ulong[] { 3, 5, 8 })
            await Store.PutChunkAsync(Log, Checkpoint(index), 0, Bytes($"chunk {index}"), Stop);

        await Store.PutChunkAsync(OtherLog, Checkpoint(3), 0, Bytes("other"), Stop);
        Assert.True(await Store.PublishAsync(Log, Checkpoint(3), Bytes("at 3"), Stop));
        Assert.True(await Store.PublishAsync(Log, Checkpoint(5), Bytes("at 5"), Stop));

        Assert.Null(await ChunkAsync(Checkpoint(3), 0));
        Assert.Equal(Bytes("chunk 5"), await ChunkAsync(Checkpoint(5), 0));
        Assert.Equal(Bytes("chunk 8"), await ChunkAsync(Checkpoint(8), 0));
        Assert.Equal(Bytes("at 5"), await ManifestAsync());
        Assert.NotNull(await Store.ReadChunkAsync(OtherLog, Checkpoint(3), 0, Stop));
    }

    [Fact]
    public async Task Publish_OlderOrSame_IsRefusedAndChangesNothing()
    {
        await Store.PutChunkAsync(Log, Checkpoint(5), 0, Bytes("chunk 5"), Stop);
        Assert.True(await Store.PublishAsync(Log, Checkpoint(5), Bytes("at 5"), Stop));
        await Store.PutChunkAsync(Log, Checkpoint(2), 0, Bytes("chunk 2"), Stop);
        await Store.PutChunkAsync(Log, Checkpoint(4), 0, Bytes("chunk 4"), Stop);

        Assert.False(await Store.PublishAsync(Log, Checkpoint(4, term: 9), Bytes("at 4"), Stop));
        Assert.False(await Store.PublishAsync(Log, Checkpoint(5), Bytes("again"), Stop));

        Assert.Equal(Bytes("at 5"), await ManifestAsync());
        Assert.Equal(Bytes("chunk 2"), await ChunkAsync(Checkpoint(2), 0));
        var (_, checkpoint) = await Store.ReadAsync(Log, new LogIndex(1), 100, Stop);
        Assert.Equal(new LogIndex(5), checkpoint);
    }

    [Fact]
    public async Task Publish_Racing_TheHighestWins()
    {
        await Task.WhenAll(Enumerable.Range(1, 40).Select(async index =>
            await Store.PublishAsync(Log, Checkpoint((ulong)index), Bytes($"at {index}"), Stop)));
        Assert.Equal(Bytes("at 40"), await ManifestAsync());
    }

    [Fact]
    public async Task Publish_ThenRead_ShowsTheCheckpointWithTheRecordsAndPastTheEnd()
    {
        await PutAllAsync(1, 2);
        await Store.PublishAsync(Log, Checkpoint(2), Bytes("at 2"), Stop);
        foreach (var from in new ulong[] { 1, 3, 100 })
        {
            var (_, checkpoint) = await Store.ReadAsync(Log, new LogIndex(from), 100, Stop);
            Assert.Equal(new LogIndex(2), checkpoint);
        }
    }
}
