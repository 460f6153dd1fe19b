using OrleansShards.Core;

namespace OrleansShards.Tests.Storage;

public abstract partial class LogStoreConformance
{
    [Theory]
    [InlineData(0, new ulong[] { 2 })]
    [InlineData(9, new ulong[] { 2 })]
    [InlineData(17, new ulong[] { 2 })]
    [InlineData(18, new ulong[] { 2, 3 })]
    [InlineData(26, new ulong[] { 2, 3 })]
    [InlineData(27, new ulong[] { 2, 3, 4 })]
    [InlineData(int.MaxValue, new ulong[] { 2, 3, 4, 5 })]
    public async Task Read_BytesMax_AsManyAsFitButAtLeastOne(int bytesMax, ulong[] expected)
    {
        // Each is "record N": 8 bytes, and one more here so that the numbers above are no multiples of a power of two.
        for (var index = 1UL; index <= 5; index++)
            await PutAsync(index, Bytes($"record {index}."));

        Assert.Equal(expected, await IndexesAsync(2, bytesMax));
    }

    [Fact]
    public async Task Read_PastTheEnd_IsEmpty()
    {
        await PutAllAsync(1, 2);
        Assert.Empty(await IndexesAsync(3));
        Assert.Empty(await IndexesAsync(long.MaxValue));
        Assert.Equal([2], await IndexesAsync(2));
    }

    [Fact]
    public async Task Read_LogNeverWritten_IsEmptyWithoutCheckpoint()
    {
        var (records, checkpoint) = await Store.ReadAsync(Log, new LogIndex(1), 1000, Stop);
        Assert.Empty(records);
        Assert.Equal(LogIndex.None, checkpoint);
        Assert.False(await Store.ProbeAsync(Log, new LogIndex(1), Stop));
        Assert.Null(await ManifestAsync());
        Assert.Empty(await Store.ListAsync(Stop));
    }

    [Fact]
    public async Task Read_Gaps_AreShownAsGaps()
    {
        Assert.SkipWhen(WhyGapsAreEnds is not null, WhyGapsAreEnds ?? "");
        await PutAllAsync(1, 2, 9, 5);
        Assert.Equal([1, 2, 5, 9], await IndexesAsync());
        Assert.Equal([5, 9], await IndexesAsync(3));
        Assert.False(await Store.ProbeAsync(Log, new LogIndex(4), Stop));
        Assert.True(await Store.ProbeAsync(Log, new LogIndex(5), Stop));
    }

    [Fact]
    public async Task Read_OtherLogWithSimilarName_IsNotMixedIn()
    {
        await PutAllAsync(1);
        await PutAsync(2, Bytes("other"), OtherLog);
        await PutAsync(3, Bytes("upper"), new LogName(Log.Value.ToUpperInvariant()));

        Assert.Equal([1], await IndexesAsync());
        Assert.Equal(Bytes("other"), await RecordAsync(2, OtherLog));
    }

    [Fact]
    public async Task Probe_AfterAcknowledgement_AlwaysSeesTheRecord()
    {
        for (var index = 1UL; index <= 200; index++)
        {
            var number = new LogIndex(index);
            Assert.False(await Store.ProbeAsync(Log, number, Stop));
            await PutAllAsync(index);
            Assert.True(await Store.ProbeAsync(Log, number, Stop));
            Assert.Equal([index], await IndexesAsync(index));
        }
    }

    [Fact]
    public async Task Read_WhileAWriterAppends_NeverShowsAGapAndReachesWhatWasAcknowledged()
    {
        const ulong Last = 300;
        var acknowledged = 0UL;
        var writer = Task.Run(
            async () =>
            {
                for (var index = 1UL; index <= Last; index++)
                {
                    await PutAllAsync(index);
                    Volatile.Write(ref acknowledged, index);
                }
            },
            Stop);

        for (var seen = 0UL; seen < Last;)
        {
            var atLeast = Volatile.Read(ref acknowledged);
            var indexes = await IndexesAsync(1);
            seen = (ulong)indexes.Length;
            Assert.Equal(Enumerable.Range(1, indexes.Length).Select(index => (ulong)index), indexes);
            Assert.True(seen >= atLeast, $"{atLeast} were acknowledged before the read, {seen} were read");
        }

        await writer;
    }

    [Fact]
    public async Task List_LogsWithRecordOrCheckpoint_InOrdinalOrder()
    {
        foreach (var name in new[] { "shard/b/2", "Shard/b/2", "master", "shard/ä/1", "shard/b/10" })
            await PutAsync(1, Bytes("x"), new LogName(name));

        await Store.PublishAsync(new LogName("checkpoint only"), Checkpoint(4), Bytes("m"), Stop);
        await Store.PutChunkAsync(new LogName("unpublished chunk only"), Checkpoint(4), 0, Bytes("c"), Stop);

        string[] expected = ["Shard/b/2", "checkpoint only", "master", "shard/b/10", "shard/b/2", "shard/ä/1"];
        Assert.Equal(expected, (await Store.ListAsync(Stop)).Select(log => log.Value));
    }
}
