using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage;

/// <summary>Options, and directories that cannot be written.</summary>
public sealed class SqliteLogStoreOptionsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SqliteLogStoreOptions Options => new() { Directory = _directory.Path };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task DirectoryIsAFile_IsRefusedByName()
    {
        // Root may write anywhere, so that rights alone would show nothing there.
        var file = _directory.File("file");
        await File.WriteAllTextAsync(file, "x", Stop);
        foreach (var directory in new[] { file, Path.Combine(file, "below") })
            await RefusedAsync(Options with { Directory = directory }, "cannot be written");
    }

    [Fact]
    public async Task DirectoryReadOnly_IsRefusedByName()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write to any directory; the tests beside this one hold for it");
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("rights work differently there");
            return;
        }

        var directory = Directory.CreateDirectory(_directory.File("read-only"));
        File.SetUnixFileMode(directory.FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await RefusedAsync(Options with { Directory = directory.FullName }, "cannot be written");
    }

    [Fact]
    public async Task DirectoryOfAReadOnlyFileSystem_IsRefusedByName()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");
        await RefusedAsync(Options with { Directory = "/proc/self/fdinfo" }, "cannot be written");
    }

    [Fact]
    public void Synchronous_EachMode_IsWhatTheConnectionsHave()
    {
        var expected = new Dictionary<SqliteSynchronous, long>
        {
            [SqliteSynchronous.Full] = 2,
            [SqliteSynchronous.Normal] = 1,
            [SqliteSynchronous.Off] = 0,
        };
        SqliteOpening.CreateOrCheck(Options);
        Assert.Equal(SqliteSynchronous.Full, Options.Synchronous);
        foreach (var mode in Enum.GetValues<SqliteSynchronous>())
        {
            using var connection = SqliteOpening.Open(Options with { Synchronous = mode });
            Assert.Equal(expected[mode], connection.QueryInt64("pragma synchronous"));
            Assert.Equal("wal", connection.QueryText("pragma journal_mode"));
        }
    }

    [Fact]
    public async Task Options_Wrong_AllErrorsAtOnce()
    {
        var options = new SqliteLogStoreOptions
        {
            Directory = " ",
            FileName = "a/b",
            LockWaitMs = -1,
            BusyTimeoutMs = -1,
            CacheMiB = 0,
            Synchronous = (SqliteSynchronous)9,
            CommitDelayMs = 1001,
            QueuedCallsMax = 0,
            QueuedMiBMax = 0,
            QuickCheckMiBMax = -1,
        };
        Assert.Equal(10, options.Validate().Count);
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => SqliteLogStore.OpenAsync(options, Stop));
        Assert.All(options.Validate(), error => Assert.Contains(error, refusal.Message, StringComparison.Ordinal));
    }

    private static async Task RefusedAsync(SqliteLogStoreOptions options, string expected)
    {
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => SqliteLogStore.OpenAsync(options, Stop));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(options.Directory, refusal.Message, StringComparison.Ordinal);
    }
}
