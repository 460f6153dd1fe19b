using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;
using SQLitePCL;

namespace OrleansShards.Tests.Storage;

/// <summary>Commits that fail, and queues that are full: what is certain afterwards, and who is told what.</summary>
public sealed class SqliteLogStoreFaultTests : IAsyncLifetime
{
    private static readonly LogName Log = LogName.Master;
    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteFaults _faults = new();
    private SqliteLogStore _store = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SqliteLogStoreOptions Options => new() { Directory = _directory.Path, Faults = _faults };

    public async ValueTask InitializeAsync() => _store = await SqliteLogStore.OpenAsync(Options, Stop);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task DiskFull_PutsAreNotStoredAndLaterOnesAre()
    {
        await StoredAsync(1);
        _faults.PagesMax = 20;
        var (outcome, reason) = await PutAsync(2, 1 << 20);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("full: make room", reason, StringComparison.Ordinal);
        var chunk = await Assert.ThrowsAsync<LogStoreException>(async () =>
            await _store.PutChunkAsync(Log, new(new(1), new(1)), 0, new byte[1 << 20], Stop));
        Assert.Contains("full: make room", chunk.Message, StringComparison.Ordinal);

        // What needs no more room is still taken, and what was there is still read.
        await StoredAsync(3);
        Assert.False(await _store.ProbeAsync(Log, new LogIndex(2), Stop));
        _faults.PagesMax = 0;
        Assert.Equal(PutOutcome.Stored, (await PutAsync(2, 1 << 20)).Outcome);
        await ReopenAsync();
        Assert.Equal([1, 2, 3], await IndexesAsync());
    }

    [Fact]
    public async Task Drop_LargeRecords_TakesATransactionForEachMebibyte()
    {
        for (ulong index = 1; index <= 7; index++)
            Assert.Equal(PutOutcome.Stored, (await PutAsync(index, 400_000)).Outcome);

        int before = _faults.Commits;
        await _store.DropAsync(Log, new LogIndex(6), [], Stop);

        // Three records each, and one that finds none.
        Assert.Equal(3, _faults.Commits - before);
        Assert.Equal([7], await IndexesAsync());
    }

    [Theory]
    [InlineData(raw.SQLITE_FULL)]
    [InlineData(raw.SQLITE_BUSY)]
    public async Task CommitRefused_NothingIsThereAndTheStoreGoesOn(int code)
    {
        _faults.FailNextInsteadOfCommit(code);
        Assert.Equal(PutOutcome.NotStored, (await PutAsync(1)).Outcome);
        Assert.False(await _store.ProbeAsync(Log, new LogIndex(1), Stop));
        await StoredAsync(1);
        await ReopenAsync();
        Assert.Equal([1], await IndexesAsync());
    }

    [Theory]
    [InlineData(raw.SQLITE_IOERR_FSYNC, true)]
    [InlineData(raw.SQLITE_IOERR_FSYNC, false)]
    [InlineData(raw.SQLITE_IOERR_SHMSIZE, true)]
    [InlineData(raw.SQLITE_NOMEM, true)]
    public async Task CommitFailedInDoubt_IsUnknownAndTheStoreStops(int code, bool applied)
    {
        await StoredAsync(1);
        if (applied)
            _faults.FailNextAfterCommit(code);
        else
            _faults.FailNextInsteadOfCommit(code);

        Assert.Equal(PutOutcome.Unknown, (await PutAsync(2)).Outcome);

        // Nobody may be told "it is not there" now and find it there after the next start.
        await StoppedAsync(async () => await _store.ProbeAsync(Log, new LogIndex(2), Stop));
        await StoppedAsync(async () => await _store.ProbeAsync(Log, new LogIndex(9), Stop));
        await StoppedAsync(async () => await _store.ReadAsync(Log, new LogIndex(1), 100, Stop));
        await StoppedAsync(async () => await _store.ReadAsync(Log, new LogIndex(9), 100, Stop));
        await StoppedAsync(async () => await _store.PublishAsync(Log, new(new(1), new(1)), new byte[1], Stop));
        var (outcome, reason) = await PutAsync(3);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("stopped", reason, StringComparison.Ordinal);

        await ReopenAsync();
        Assert.Equal(applied ? [1, 2] : [1], await IndexesAsync());
        Assert.Equal(applied ? PutOutcome.Occupied : PutOutcome.Stored, (await PutAsync(2)).Outcome);
    }

    [Fact]
    public async Task WaitingPutsOfAllLogs_ShareOneCommit()
    {
        // One commit fails: whoever was in it hears so.
        _faults.FailNextInsteadOfCommit(raw.SQLITE_FULL);
        var outcomes = await TogetherAsync(() =>
            [.. Enumerable.Range(0, 16).Select(
                log => _store.PutAsync(new LogName($"log/{log}"), new LogIndex(1), new byte[9], Stop).AsTask())]);
        Assert.All(outcomes, put => Assert.Equal(PutOutcome.NotStored, put.Outcome));
        Assert.Empty(await _store.ListAsync(Stop));
    }

    [Fact]
    public async Task WinnerTakenBack_LoserIsNotToldOccupied()
    {
        _faults.FailNextInsteadOfCommit(raw.SQLITE_FULL);
        var outcomes = await TogetherAsync(() => [PutAsync(1, 10), PutAsync(1, 20)]);
        Assert.All(outcomes, put => Assert.Equal(PutOutcome.NotStored, put.Outcome));
        await StoredAsync(1);
    }

    [Fact]
    public async Task PublicationTakenBack_IsNotSeen()
    {
        var checkpoint = new CheckpointId(new LogIndex(1), new Term(1));
        await StoredAsync(1);
        _faults.FailNextInsteadOfCommit(raw.SQLITE_FULL);
        await Assert.ThrowsAsync<LogStoreException>(async () => await _store.PublishAsync(Log, checkpoint, new byte[1], Stop));
        foreach (var from in new ulong[] { 1, 5 })
            Assert.Equal(LogIndex.None, (await _store.ReadAsync(Log, new LogIndex(from), 100, Stop)).CheckpointIndex);

        Assert.True(await _store.PublishAsync(Log, checkpoint, new byte[1], Stop));
        Assert.Equal(checkpoint.Index, (await _store.ReadAsync(Log, new LogIndex(5), 100, Stop)).CheckpointIndex);
    }

    [Fact]
    public async Task CancelledWhileItWaits_IsNotStored()
    {
        using var cancelled = new CancellationTokenSource();
        var outcomes = await TogetherAsync(() =>
        {
            Task<(PutOutcome Outcome, string? Reason)>[] puts =
                [_store.PutAsync(Log, new LogIndex(1), new byte[1], cancelled.Token).AsTask(), PutAsync(2)];
            cancelled.Cancel();
            return puts;
        });
        Assert.Equal([PutOutcome.NotStored, PutOutcome.Stored], outcomes.Select(put => put.Outcome));
        Assert.Equal([2], await IndexesAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task DisposedWhilePutsWait_TheyAreStored()
    {
        Task closing = Task.CompletedTask;
        var outcomes = await TogetherAsync(() =>
        {
            Task<(PutOutcome Outcome, string? Reason)>[] puts = [PutAsync(1), PutAsync(2)];
            closing = _store.DisposeAsync().AsTask();
            return puts;
        });
        await closing;
        Assert.All(outcomes, put => Assert.Equal(PutOutcome.Stored, put.Outcome));
        await ReopenAsync();
        Assert.Equal([1, 2], await IndexesAsync());
    }

    [Theory]
    [InlineData(2, 16, 1000)]
    [InlineData(1000, 1, 500_000)]
    public async Task QueueFull_IsRefusedAtOnceAndTheRestIsStored(int callsMax, int mebibytesMax, int length)
    {
        await _store.DisposeAsync();
        _store = await SqliteLogStore.OpenAsync(Options with { QueuedCallsMax = callsMax, QueuedMiBMax = mebibytesMax }, Stop);
        var outcomes = await TogetherAsync(() =>
        {
            Task<(PutOutcome Outcome, string? Reason)>[] puts = [PutAsync(1, length), PutAsync(2, length), PutAsync(3, length)];
            Assert.True(puts[2].IsCompleted);
            return puts;
        });
        Assert.Equal([PutOutcome.Stored, PutOutcome.Stored, PutOutcome.NotStored], outcomes.Select(put => put.Outcome));
        Assert.Contains("Too much waits", outcomes[2].Reason, StringComparison.Ordinal);
        await StoredAsync(3);
    }

    [Fact(Timeout = 60_000)]
    public async Task LaterTransactionOfATakeFails_WhatAnEarlierOneLeftUnfinishedIsFinished()
    {
        const int Records = 600;
        await Task.WhenAll(Enumerable.Range(1, Records).Select(index => PutAsync((ulong)index, 10)));

        // 1. One take has the drop and a put that is larger than a transaction, and so a transaction each. 2. The drop's
        // drops the first few hundred, and leaves the rest for later. 3. The put's finds the disk full.
        _faults.PagesMax = 20;
        Task drop = Task.CompletedTask;
        var outcomes = await TogetherAsync(() =>
        {
            drop = _store.DropAsync(Log, new LogIndex(Records), [], Stop).AsTask();
            return [PutAsync(Records + 1, 9 << 20)];
        });
        Assert.Equal(PutOutcome.NotStored, Assert.Single(outcomes).Outcome);
        await drop.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.Empty(await IndexesAsync());
    }

    private Task<(PutOutcome Outcome, string? Reason)[]> TogetherAsync(Func<Task<(PutOutcome Outcome, string? Reason)>[]> ask) =>
        _faults.TogetherAsync(ask);

    private async Task<(PutOutcome Outcome, string? Reason)> PutAsync(ulong index, int length = 100) =>
        await _store.PutAsync(Log, new LogIndex(index), new byte[length], Stop);

    private async Task StoredAsync(ulong index) => Assert.Equal((PutOutcome.Stored, null), await PutAsync(index));

    private async Task<ulong[]> IndexesAsync() =>
        [.. (await _store.ReadAsync(Log, LogIndex.None, int.MaxValue, Stop)).Records.Select(record => record.Index.Value)];

    private async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        _store = await SqliteLogStore.OpenAsync(Options, Stop);
    }

    private static async Task StoppedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<LogStoreException>(call);
        Assert.Contains("stopped", refusal.Message, StringComparison.Ordinal);
    }
}
