using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Storage;

public abstract partial class LogStoreConformance
{
    [Fact]
    public async Task Reopen_AllThatWasAcknowledged_IsThere()
    {
        await PutAllAsync(1, 2, 3, 4);
        await PutAsync(7, Noise(1 << 20), OtherLog);
        await Store.DropAsync(Log, new LogIndex(2), [new(1)], Stop);
        await Store.PutChunkAsync(Log, Checkpoint(2), 0, Bytes("chunk"), Stop);
        await Store.PublishAsync(Log, Checkpoint(2), Bytes("manifest"), Stop);

        await ReopenAsync();

        Assert.Equal([1, 3, 4], await IndexesAsync());
        Assert.Equal(Bytes("record 3"), await RecordAsync(3));
        Assert.Equal(Noise(1 << 20), await RecordAsync(7, OtherLog));
        Assert.Equal(Bytes("chunk"), await ChunkAsync(Checkpoint(2), 0));
        Assert.Equal(Bytes("manifest"), await ManifestAsync());
        var (_, checkpoint) = await Store.ReadAsync(Log, new LogIndex(5), 100, Stop);
        Assert.Equal(new LogIndex(2), checkpoint);
    }

    [Fact]
    public async Task Reopen_NumbersTakenBefore_StayTaken()
    {
        await PutAllAsync(1, 2);
        await Store.PublishAsync(Log, Checkpoint(2), Bytes("manifest"), Stop);

        await ReopenAsync();

        Assert.Equal(PutOutcome.Occupied, await PutAsync(2, Bytes("late")));
        Assert.True(await Store.ProbeAsync(Log, new LogIndex(2), Stop));
        Assert.False(await Store.ProbeAsync(Log, new LogIndex(3), Stop));
        Assert.False(await Store.PublishAsync(Log, Checkpoint(1), Bytes("late"), Stop));
        Assert.Equal([Log], await Store.ListAsync(Stop));
    }

    [Fact]
    public async Task Cancelled_BeforeTheCall_NothingIsDone()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var token = cancelled.Token;

        var (outcome, reason) = await Store.PutAsync(Log, new LogIndex(1), Bytes("x"), token);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.NotNull(reason);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.PublishAsync(Log, Checkpoint(1), Bytes("x"), token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadAsync(Log, LogIndex.None, 1, token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListAsync(token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.DropAsync(Log, new LogIndex(1), [], token));

        Assert.Empty(await IndexesAsync());
        Assert.Null(await ManifestAsync());
    }

    [Fact]
    public async Task Disposed_LaterCalls_AreRefusedClearly()
    {
        await PutAllAsync(1);
        await Store.DisposeAsync();
        await Store.DisposeAsync();

        var (outcome, reason) = await Store.PutAsync(Log, new LogIndex(2), Bytes("x"), Stop);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("closed", reason, StringComparison.Ordinal);
        await RefusedAsync(async () => await Store.ReadAsync(Log, LogIndex.None, 100, Stop));
        await RefusedAsync(async () => await Store.ProbeAsync(Log, new LogIndex(9), Stop));
        await RefusedAsync(async () => await Store.DropAsync(Log, new LogIndex(9), [], Stop));
        await RefusedAsync(async () => await Store.PutChunkAsync(Log, Checkpoint(1), 0, Bytes("x"), Stop));
        await RefusedAsync(async () => await Store.PublishAsync(Log, Checkpoint(1), Bytes("x"), Stop));
        await RefusedAsync(async () => await Store.ReadManifestAsync(Log, Stop));
        await RefusedAsync(async () => await Store.ReadChunkAsync(Log, Checkpoint(1), 0, Stop));
        await RefusedAsync(async () => await Store.ListAsync(Stop));
    }

    [Fact(Timeout = 120_000)]
    public async Task Dispose_WithPutsUnderWay_EachGetsATrueAnswer()
    {
        var asked = Enumerable.Range(1, 200).Select(index => PutAsync((ulong)index, Noise(100))).ToArray();
        await Store.DisposeAsync();
        var outcomes = await Task.WhenAll(asked);

        // Disposing finishes what was asked before.
        Assert.All(outcomes, outcome => Assert.Equal(PutOutcome.Stored, outcome));
        await ReopenAsync();
        Assert.Equal(200, (await IndexesAsync()).Length);
    }

    private static async Task RefusedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<LogStoreException>(call);
        Assert.Contains("closed", refusal.Message, StringComparison.Ordinal);
    }
}
