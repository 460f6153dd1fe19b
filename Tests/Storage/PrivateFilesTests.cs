using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Clustering;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage;

/// <summary>Only the user who runs a process can enter its directories and read its files.</summary>
public sealed class PrivateFilesTests : IDisposable
{
    private const UnixFileMode OwnersDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode EverybodysDirectory = OwnersDirectory
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Data => _directory.File("state/data");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task SqliteStore_Created_IsClosedToOthers()
    {
        SkipOnWindows();
        await using ILogStore store = await OpenSqliteAsync();
        await FillAsync(store);
        AssertAllClosed("logs.db", "logs.db-wal", "logs.db-shm", "logs.db.lock", "logs.db.pid");
    }

    [Fact]
    public async Task DirectoryStore_Created_IsClosedToOthers()
    {
        SkipOnWindows();
        await using ILogStore store = await OpenDirectoryAsync();
        await FillAsync(store);
        AssertAllClosed("log-store", "0000000000000000001");
    }

    [Fact]
    public void SharedDirectory_Created_IsClosedToOthers()
    {
        SkipOnWindows();
        SharedDirectory shared = new(Data);
        shared.Ensure();
        using FileStream? claim = SharedDirectory.TryLock(Path.Combine(shared.Ports, "1"));
        AssertAllClosed("1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Store_OpenToOthers_IsClosed(bool isSqlite)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("rights work differently there");
            return;
        }

        await (isSqlite ? await OpenSqliteAsync() : await OpenDirectoryAsync()).DisposeAsync();
        File.SetUnixFileMode(Data, EverybodysDirectory);
        await using ILogStore again = isSqlite ? await OpenSqliteAsync() : await OpenDirectoryAsync();
        Assert.Equal(OwnersDirectory, File.GetUnixFileMode(Data));
    }

    [Fact]
    public async Task SqliteDatabase_OpenToOthers_IsClosed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("rights work differently there");
            return;
        }

        await (await OpenSqliteAsync()).DisposeAsync();
        string database = Path.Combine(Data, "logs.db");
        File.SetUnixFileMode(database, File.GetUnixFileMode(database) | UnixFileMode.OtherRead);
        await using ILogStore again = await OpenSqliteAsync();
        await FillAsync(again);
        AssertAllClosed("logs.db", "logs.db-wal");
    }

    [Fact]
    public async Task SqliteStore_OpenDirectoryOfOthersFiles_IsRefusedAndNotClosed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("rights work differently there");
            return;
        }

        Directory.CreateDirectory(Data);
        File.SetUnixFileMode(Data, EverybodysDirectory);
        await File.WriteAllTextAsync(Path.Combine(Data, "letter"), "", Stop);
        LogStoreException refusal = await Assert.ThrowsAsync<LogStoreException>(OpenSqliteAsync);
        Assert.Equal(
            $"'{Data}' is open to other users (mode 755) and is not closed by this process: it holds 'letter', which is not the "
            + "store's. Close it with chmod go-rwx, or choose a directory below it, which is then created for this user alone.",
            refusal.Message);
        Assert.Equal(EverybodysDirectory, File.GetUnixFileMode(Data));
    }

    [Fact]
    public void Close_SystemsTemporaryDirectory_IsRefused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("rights work differently there");
            return;
        }

        Directory.CreateDirectory(Data);
        File.SetUnixFileMode(Data, EverybodysDirectory);
        LogStoreException refusal = Assert.Throws<LogStoreException>(() => PrivateFiles.Close(Data + "/", temporary: Data));
        Assert.Contains("it is every program's", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(EverybodysDirectory, File.GetUnixFileMode(Data));
    }

    private async Task<ILogStore> OpenSqliteAsync() =>
        await SqliteLogStore.OpenAsync(new SqliteLogStoreOptions { Directory = Data }, Stop);

    private async Task<ILogStore> OpenDirectoryAsync() =>
        await DirectoryLogStore.OpenAsync(new DirectoryLogStoreOptions { Directory = Data }, Stop);

    private static async Task FillAsync(ILogStore store)
    {
        CheckpointId checkpoint = new(new LogIndex(1), new Term(1));
        await store.PutAsync(LogName.Master, new LogIndex(1), new byte[1], Stop);
        await store.PutChunkAsync(LogName.Master, checkpoint, 0, new byte[1], Stop);
        await store.PublishAsync(LogName.Master, checkpoint, new byte[1], Stop);
    }

    /// <summary>The data directory and all below it, among which there are files of these names.</summary>
    private void AssertAllClosed(params string[] names)
    {
        List<string> all = [Data, .. Directory.EnumerateFileSystemEntries(Data, "*", SearchOption.AllDirectories)];
        Assert.Empty(names.Except(all.Select(static path => Path.GetFileName(path))));
        Assert.DoesNotContain(all, PrivateFiles.IsOpen);
    }

    private static void SkipOnWindows() => Assert.SkipWhen(OperatingSystem.IsWindows(), "rights work differently there");
}
