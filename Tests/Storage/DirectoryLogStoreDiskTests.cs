using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Storage;

/// <summary>Directories that cannot be used, and file systems that are full, read-only, or gone.</summary>
public sealed class DirectoryLogStoreDiskTests
{
    private static readonly LogName Log = LogName.Master;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DirectoryIsAFile_IsRefusedByName()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("file");
        await File.WriteAllTextAsync(file, "x", Stop);
        foreach (var path in new[] { file, Path.Combine(file, "below") })
            await RefusedAsync(path);
    }

    [Fact]
    public async Task DirectoryReadOnly_IsRefusedByName()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write to any directory; the tests beside this one hold for it");
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("the store is not for Windows");
            return;
        }

        using var directory = new TemporaryDirectory();
        var readOnly = Directory.CreateDirectory(directory.File("read-only"));
        File.SetUnixFileMode(readOnly.FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await RefusedAsync(readOnly.FullName);
    }

    [Fact]
    public async Task DirectoryOfAFileSystemThatTakesNothing_IsRefusedByName()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");
        await RefusedAsync("/proc/orleansshards");
    }

    [Fact]
    public async Task DiskFull_PutsAreNotStoredAndLaterOnesAre()
    {
        using var mount = new TemporaryMount(kibibytes: 128);
        await using var store = await OpenAsync(mount.Path);
        Assert.Equal(PutOutcome.Stored, (await PutAsync(store, 1, 100)).Outcome);

        var (outcome, reason) = await PutAsync(store, 2, 200_000);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("full: make room", reason, StringComparison.Ordinal);
        var chunk = await Assert.ThrowsAsync<LogStoreException>(async () =>
            await store.PutChunkAsync(Log, new(new(1), new(1)), 0, new byte[200_000], Stop));
        Assert.Contains("full: make room", chunk.Message, StringComparison.Ordinal);
        Assert.Null(await store.ReadChunkAsync(Log, new(new(1), new(1)), 0, Stop));

        // What has room is still taken, and nothing of what had none is left to take it.
        Assert.Equal(PutOutcome.Stored, (await PutAsync(store, 3, 80_000)).Outcome);
        Assert.False(await store.ProbeAsync(Log, new LogIndex(2), Stop));
        Assert.Equal(PutOutcome.NotStored, (await PutAsync(store, 2, 80_000)).Outcome);
        await store.DropAsync(Log, new LogIndex(3), [new(1)], Stop);
        Assert.Equal(PutOutcome.Stored, (await PutAsync(store, 4, 80_000)).Outcome);
        Assert.Equal([1, 4], await IndexesAsync(store));
    }

    [Fact]
    public async Task FileSystemBecomesReadOnly_PutsAreNotStoredAndReadsGoOn()
    {
        using var mount = new TemporaryMount(kibibytes: 256);
        await using var store = await OpenAsync(mount.Path);
        await PutAsync(store, 1, 100);
        mount.MakeReadOnly();

        var (outcome, reason) = await PutAsync(store, 2, 100);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("give this process the right", reason, StringComparison.Ordinal);
        Assert.Equal([1], await IndexesAsync(store));
        await RefusedAsync(mount.Path);
    }

    [Fact]
    public async Task FileSystemIsTakenAway_IsNotTakenForEmpty()
    {
        using var mount = new TemporaryMount(kibibytes: 256);
        await using var store = await OpenAsync(mount.Path);
        await PutAsync(store, 1, 100);
        mount.TakeAway();

        Assert.Equal(PutOutcome.NotStored, (await PutAsync(store, 2, 100)).Outcome);
        foreach (var log in new[] { Log, new LogName("never written") })
        {
            var refusal = await Assert.ThrowsAsync<LogStoreException>(async () => await store.ProbeAsync(log, new LogIndex(2), Stop));
            Assert.Contains("is not there any more", refusal.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<DirectoryLogStore> OpenAsync(string directory) =>
        await DirectoryLogStore.OpenAsync(new DirectoryLogStoreOptions { Directory = directory }, Stop);

    private static async Task<(PutOutcome Outcome, string? Reason)> PutAsync(DirectoryLogStore store, ulong index, int length) =>
        await store.PutAsync(Log, new LogIndex(index), new byte[length], Stop);

    private static async Task<ulong[]> IndexesAsync(DirectoryLogStore store) =>
        [.. (await store.ReadAsync(Log, LogIndex.None, int.MaxValue, Stop)).Records.Select(record => record.Index.Value)];

    private static async Task RefusedAsync(string directory)
    {
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => OpenAsync(directory));
        Assert.Contains("cannot be written", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(directory, refusal.Message, StringComparison.Ordinal);
    }
}
