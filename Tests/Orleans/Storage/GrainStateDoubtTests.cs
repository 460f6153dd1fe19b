using System.Text;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>What the store over a provider answers where the provider fails, lies or leaves things half done.</summary>
public sealed class GrainStateDoubtTests
{
    private static readonly LogName Log = LogName.Shard(new GroupId("G_1"), new ShardId(7));
    private static readonly byte[] Record = Encoding.UTF8.GetBytes("record");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_LoserGetsTheDatabasesOwnError_IsOccupied()
    {
        ScriptedGrainStorage storage = new() { LosesWith = static () => new InvalidOperationException("23505: duplicate key") };
        await using GrainStateLogStore store = Over(storage);
        Assert.Equal(PutOutcome.Stored, await PutAsync(store, 1));
        Assert.Equal(PutOutcome.Occupied, await PutAsync(store, 1));
    }

    [Fact]
    public async Task Put_FailureWithNothingThere_IsUnknownAndNeverNotStored()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        Assert.Equal(PutOutcome.Stored, await PutAsync(store, 1));
        storage.BeforeWrite = static _ => new TimeoutException("no answer from db7");

        (PutOutcome outcome, string? reason) = await store.PutAsync(Log, new LogIndex(2), Record, Stop);

        Assert.Equal(PutOutcome.Unknown, outcome);
        Assert.Contains("no answer from db7", reason, StringComparison.Ordinal);
        Assert.Contains($"'tables' ({typeof(ScriptedGrainStorage).FullName})", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_AcknowledgementLost_IsOccupiedSoThatItIsReadBack()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        Assert.Equal(PutOutcome.Stored, await PutAsync(store, 1));
        storage.AfterWrite = static _ => new TimeoutException("no answer");
        Assert.Equal(PutOutcome.Occupied, await PutAsync(store, 2));
        Assert.Equal([1, 2], await IndexesAsync(store));
    }

    [Fact]
    public async Task Put_DirectoryCannotBeWritten_IsCertainlyNotStored()
    {
        ScriptedGrainStorage storage = new() { BeforeWrite = static _ => new TimeoutException("no answer") };
        await using GrainStateLogStore store = Over(storage);
        Assert.Equal(PutOutcome.NotStored, await PutAsync(store, 1));
        Assert.Empty(storage.Keys);
    }

    [Fact]
    public async Task Put_ProviderMarksWhatWasCleared_DroppedNumberIsFreeForOne()
    {
        ScriptedGrainStorage storage = new() { KeepsMarks = true };
        await using GrainStateLogStore store = Over(storage);
        await PutAllAsync(store, 3);
        await store.DropAsync(Log, new LogIndex(2), [], Stop);

        Assert.Equal(PutOutcome.Stored, await PutAsync(store, 2));
        Assert.Equal(PutOutcome.Occupied, await PutAsync(store, 2));
        Assert.Equal([2, 3], await IndexesAsync(store));
    }

    [Fact]
    public async Task Read_RecordLostByTheProvider_IsShownAsAGapWhereItIsReadAhead()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        await PutAllAsync(store, 12);
        storage.Lose(storage.Keys.Single(static key => key.EndsWith("_record_0000000000000000005", StringComparison.Ordinal)));

        ulong[] read = await IndexesAsync(store);

        Assert.Equal([1, 2, 3, 4, 6, 7], read);
    }

    [Fact]
    public async Task Read_WriterPutsBetweenTwoReads_IsNoGap()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        await PutAllAsync(store, 4);
        Task? puts = null;

        // 5 was read, and was absent; 6 is read next.
        OnceBeforeReading(storage, "_record_0000000000000000006", async () =>
        {
            Assert.Equal(PutOutcome.Stored, await PutAsync(store, 5));
            Assert.Equal(PutOutcome.Stored, await PutAsync(store, 6));
        }, begun => puts = begun);

        Assert.Equal([1, 2, 3, 4, 5, 6], await IndexesAsync(store));
        await Assert.IsType<Task>(puts, exactMatch: false);
    }

    [Fact]
    public async Task Read_RecordsDroppedMeanwhile_ShowsTheCheckpointAndNotAnEnd()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        await PutAllAsync(store, 3);
        Task? drop = null;
        OnceBeforeReading(storage, "_record_0000000000000000001", async () =>
        {
            Assert.True(await store.PublishAsync(Log, new CheckpointId(new LogIndex(3), new Term(1)), Record, Stop));
            await store.DropAsync(Log, new LogIndex(3), [], Stop);
        }, begun => drop = begun);

        (IReadOnlyList<StoredRecord> records, LogIndex checkpoint) = await store.ReadAsync(Log, new LogIndex(1), 1000, Stop);

        await Assert.IsType<Task>(drop, exactMatch: false);
        Assert.Empty(records);
        Assert.Equal(new LogIndex(3), checkpoint);
    }

    [Fact]
    public async Task Read_AtTheEnd_CostsTheAbsentRecordAndTheHead()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        await PutAllAsync(store, 20);
        int before = storage.Reads;
        Assert.Empty(await IndexesAsync(store, from: 21));
        Assert.Equal(2, storage.Reads - before);
    }

    [Fact]
    public async Task Drop_FailsHalfWay_LowestAreGoneAndTheNextDropsTheRest()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        await PutAllAsync(store, 12);
        storage.BeforeClear = static key =>
            key.EndsWith("_record_0000000000000000006", StringComparison.Ordinal) ? new TimeoutException("no answer") : null;
        LogStoreException failure =
            await Assert.ThrowsAsync<LogStoreException>(async () => await store.DropAsync(Log, new LogIndex(10), [new(3)], Stop));
        Assert.Contains("no answer", failure.Message, StringComparison.Ordinal);
        Assert.Equal(12 - 4, storage.Keys.Count(static key => key.Contains("_record_", StringComparison.Ordinal)));

        storage.BeforeClear = static _ => null;
        await using GrainStateLogStore other = Over(storage);
        await other.DropAsync(Log, new LogIndex(11), [new(3)], Stop);

        Assert.Equal([3, 12], await IndexesAsync(other));
        Assert.Equal(2, storage.Keys.Count(static key => key.Contains("_record_", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Publish_DeletionFails_IsPublishedAndTheNextDeletesTheRest()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        for (ulong index = 1; index <= 3; index++)
        {
            storage.BeforeClear = key => index == 2 ? new TimeoutException(key) : null;
            CheckpointId checkpoint = new(new LogIndex(index), new Term(1));
            await store.PutChunkAsync(Log, checkpoint, 0, Record, Stop);
            await store.PutChunkAsync(Log, checkpoint, 1, Record, Stop);
            Assert.True(await store.PublishAsync(Log, checkpoint, Record, Stop));
        }

        Assert.Equal(2, storage.Keys.Count(static key => key.Contains("_chunk_", StringComparison.Ordinal)));
        Assert.All(
            storage.Keys.Where(static key => key.Contains("_chunk_", StringComparison.Ordinal)),
            static key => Assert.Contains("_chunk_0000000000000000003_", key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Publish_AcknowledgementLost_IsOurs()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        await PutAllAsync(store, 1);
        storage.AfterWrite = static _ => new TimeoutException("no answer");
        Assert.True(await store.PublishAsync(Log, new CheckpointId(new LogIndex(1), new Term(1)), Record, Stop));
    }

    [Fact]
    public async Task Keys_AnyLogsName_AreSafeTextAndNeverAlike()
    {
        ScriptedGrainStorage storage = new();
        await using GrainStateLogStore store = Over(storage);
        string[] names = ["shard/g/1", "shard-g-1", "Shard/g/1", "shard_g_1", "shard/g/1_head", "ä", "\U0001F600", "a.b"];
        foreach (string name in names)
            Assert.Equal(PutOutcome.Stored, (await store.PutAsync(new LogName(name), new LogIndex(1), Record, Stop)).Outcome);

        Assert.Equal(names.Length + 1, storage.Keys.Length);
        Assert.All(storage.Keys, static key => Assert.Matches("^[-a-z0-9._]+$", key));
        Assert.Contains("shard-g-1_record_0000000000000000001", storage.Keys);
    }

    /// <summary>Nothing of the scripted provider waits, so that all is done when the read goes on.</summary>
    private static void OnceBeforeReading(ScriptedGrainStorage storage, string keysEnd, Func<Task> others, Action<Task> begun) =>
        storage.BeforeRead = key =>
        {
            if (key.EndsWith(keysEnd, StringComparison.Ordinal))
            {
                storage.BeforeRead = static _ => { };
                begun(others());
            }
        };

    private static GrainStateLogStore Over(ScriptedGrainStorage storage) => new(storage, "tables");

    private static async Task<PutOutcome> PutAsync(GrainStateLogStore store, ulong index) =>
        (await store.PutAsync(Log, new LogIndex(index), Record, Stop)).Outcome;

    private static async Task PutAllAsync(GrainStateLogStore store, ulong last)
    {
        for (ulong index = 1; index <= last; index++)
            Assert.Equal(PutOutcome.Stored, await PutAsync(store, index));
    }

    private static async Task<ulong[]> IndexesAsync(GrainStateLogStore store, ulong from = 0) =>
        [.. (await store.ReadAsync(Log, new LogIndex(from), int.MaxValue, Stop)).Records.Select(static record => record.Index.Value)];
}
