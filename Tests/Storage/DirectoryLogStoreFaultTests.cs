using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Storage;

/// <summary>Steps that fail, and queues that are full: what is certain afterwards, and who is told what.</summary>
public sealed class DirectoryLogStoreFaultTests : IAsyncLifetime
{
    private const int InputOutputError = 5;
    private static readonly LogName Log = LogName.Master;
    private readonly TemporaryDirectory _directory = new();
    private readonly DirectoryFaults _faults = new();
    private DirectoryLogStore _store = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DirectoryLogStoreOptions Options => new() { Directory = _directory.Path, Faults = _faults };

    public async ValueTask InitializeAsync() => _store = await DirectoryLogStore.OpenAsync(Options, Stop);

    public async ValueTask DisposeAsync()
    {
        _faults.TakeGate.Set();
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task FlushOfTheDirectoryFailed_IsUnknownAndTheStoreStops()
    {
        await StoredAsync(1);
        _faults.FailNextSync(InputOutputError);
        var (outcome, reason) = await PutAsync(2);
        Assert.Equal(PutOutcome.Unknown, outcome);
        Assert.Contains("The disk failed", reason, StringComparison.Ordinal);

        // Nobody may act upon a record that a crash of the machine would take back.
        await StoppedAsync(async () => await _store.ProbeAsync(Log, new LogIndex(2), Stop));
        await StoppedAsync(async () => await _store.ReadAsync(Log, new LogIndex(1), 100, Stop));
        await StoppedAsync(async () => await _store.PublishAsync(Log, new(new(1), new(1)), new byte[1], Stop));
        await StoppedAsync(async () => await _store.ListAsync(Stop));
        (outcome, reason) = await PutAsync(3);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("stopped", reason, StringComparison.Ordinal);

        await ReopenAsync();
        Assert.Equal([1, 2], await IndexesAsync());
        Assert.Equal(PutOutcome.Occupied, (await PutAsync(2)).Outcome);
    }

    [Fact]
    public async Task FlushFailedWhileTheFolderIsMade_IsNotStoredAndTheStoreStops()
    {
        _faults.FailNextSync(InputOutputError);
        Assert.Equal(PutOutcome.NotStored, (await PutAsync(1)).Outcome);
        await StoppedAsync(async () => await _store.ProbeAsync(Log, new LogIndex(1), Stop));
        await ReopenAsync();
        await StoredAsync(1);
    }

    [Fact]
    public async Task RecordOfAnother_IsFlushedBeforeItIsShown()
    {
        await using var other = await DirectoryLogStore.OpenAsync(new() { Directory = _directory.Path, Synchronous = false }, Stop);
        await other.PutAsync(Log, new LogIndex(1), new byte[1], Stop);
        _faults.FailNextSync(InputOutputError);
        await Assert.ThrowsAsync<LogStoreException>(async () => await _store.ReadAsync(Log, new LogIndex(1), 100, Stop));

        await ReopenAsync();
        Assert.Equal([1], await IndexesAsync());
        _faults.FailNextSync(InputOutputError);
        Assert.Equal([1], await IndexesAsync());
    }

    [Fact]
    public async Task CheckpointOfAnother_IsFlushedBeforeItIsShown()
    {
        await using var other = await DirectoryLogStore.OpenAsync(new() { Directory = _directory.Path, Synchronous = false }, Stop);
        await other.PublishAsync(Log, new(new(1), new(1)), new byte[1], Stop);
        _faults.FailNextSync(InputOutputError);
        await Assert.ThrowsAsync<LogStoreException>(async () => await _store.ReadAsync(Log, new LogIndex(1), 100, Stop));
    }

    [Fact]
    public async Task TemporaryFileGone_IsNotStored()
    {
        _faults.BeforeLink = (temporary, _) => File.Delete(temporary);
        Assert.Equal(PutOutcome.NotStored, (await PutAsync(1)).Outcome);
        Assert.False(await _store.ProbeAsync(Log, new LogIndex(1), Stop));
        _faults.BeforeLink = null;
        await StoredAsync(1);
    }

    [Fact]
    public async Task LinkIsSaidToBeTakenByItself_IsStored()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the loser of its own race reads its own bytes");

        // NFS: the server made the link, its reply was lost, and the request was sent again.
        _faults.BeforeLink = (temporary, path) => Assert.Equal(0, Posix.Link(temporary, path));
        await StoredAsync(1);
        Assert.Equal([1], await IndexesAsync());
    }

    [Fact]
    public async Task PutFailed_LeavesNoTemporaryFile()
    {
        await StoredAsync(1);
        await PutAsync(1);
        _faults.BeforeLink = (_, path) => File.WriteAllText(path, "taken");
        Assert.Equal(PutOutcome.Occupied, (await PutAsync(2)).Outcome);
        Assert.Empty(Directory.GetFiles(_directory.Path, ".new-*", SearchOption.AllDirectories));
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

    [Fact]
    public async Task WaitingPutsOfALog_ShareOneFlush()
    {
        await StoredAsync(1);
        await TogetherAsync(() =>
        {
            _faults.FailNextSync(InputOutputError);
            return [PutAsync(2), PutAsync(3), PutAsync(4)];
        }, PutOutcome.Unknown);
    }

    [Theory]
    [InlineData(2, 16, 1000)]
    [InlineData(1000, 1, 500_000)]
    public async Task QueueFull_IsRefusedAtOnceAndTheRestIsStored(int callsMax, int mebibytesMax, int length)
    {
        await _store.DisposeAsync();
        _store = await DirectoryLogStore.OpenAsync(Options with { QueuedCallsMax = callsMax, QueuedMiBMax = mebibytesMax }, Stop);
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

    [Fact]
    public async Task Options_Wrong_AllErrorsAtOnce()
    {
        var options = new DirectoryLogStoreOptions { Directory = " ", Writers = 0, QueuedCallsMax = 0, QueuedMiBMax = 0 };
        Assert.Equal(4, options.Validate().Count);
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => DirectoryLogStore.OpenAsync(options, Stop));
        Assert.All(options.Validate(), error => Assert.Contains(error, refusal.Message, StringComparison.Ordinal));
    }

    /// <summary>What is asked in <paramref name="ask"/> waits until all of it was asked, and so is taken together.</summary>
    private async Task<(PutOutcome Outcome, string? Reason)[]> TogetherAsync(
        Func<Task<(PutOutcome Outcome, string? Reason)>[]> ask, PutOutcome? all = null)
    {
        _faults.TakeGate.Reset();
        Task<(PutOutcome Outcome, string? Reason)>[] puts;
        try
        {
            puts = ask();
        }
        finally
        {
            _faults.TakeGate.Set();
        }

        var outcomes = await Task.WhenAll(puts);
        Assert.All(outcomes, put => Assert.Equal(all ?? put.Outcome, put.Outcome));
        return outcomes;
    }

    private async Task<(PutOutcome Outcome, string? Reason)> PutAsync(ulong index, int length = 100) =>
        await _store.PutAsync(Log, new LogIndex(index), new byte[length], Stop);

    private async Task StoredAsync(ulong index) => Assert.Equal((PutOutcome.Stored, null), await PutAsync(index));

    private async Task<ulong[]> IndexesAsync() =>
        [.. (await _store.ReadAsync(Log, LogIndex.None, int.MaxValue, Stop)).Records.Select(record => record.Index.Value)];

    private async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        _store = await DirectoryLogStore.OpenAsync(Options, Stop);
    }

    private static async Task StoppedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<LogStoreException>(call);
        Assert.Contains("stopped", refusal.Message, StringComparison.Ordinal);
    }
}
