using OrleansShards.Core;
using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage;

/// <summary>Files and directories that a store must not take, or not take for empty.</summary>
public sealed class SqliteLogStoreFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SqliteLogStoreOptions Options => new() { Directory = _directory.Path };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public async Task OtherVersion_IsRefusedByNumberAndNothingIsChanged(int version)
    {
        await CreateAsync();
        Run($"pragma user_version = {version}");
        await RefusedUnchangedAsync($"format version {version}, expected 2");
    }

    [Fact]
    public async Task OtherApplicationsDatabase_IsRefusedAndNothingIsChanged()
    {
        using (var other = SqliteConnection.Open(Options.DatabasePath, create: true))
        {
            other.Run("create table records (idx integer primary key, bytes blob)");
        }

        await RefusedUnchangedAsync("another application's database");
    }

    [Fact]
    public async Task NoDatabaseAtAll_IsRefusedAndNothingIsChanged()
    {
        await File.WriteAllTextAsync(Options.DatabasePath, new string('x', 10_000), Stop);
        await RefusedUnchangedAsync("not an SQLite database");
    }

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(50, "not an SQLite database")]
    [InlineData(4096, "damaged")]
    [InlineData(10_000, "damaged")]
    public async Task DatabaseCut_IsRefusedAndNothingIsChanged(int length, string expected)
    {
        await CreateAsync();
        Assert.True(new FileInfo(Options.DatabasePath).Length > length);
        await using (var file = new FileStream(Options.DatabasePath, FileMode.Open))
        {
            file.SetLength(length);
        }

        await RefusedUnchangedAsync(expected);
    }

    [Fact]
    public async Task StructureDamagedAndEndNotOrderly_IsRefused()
    {
        byte[] wal;
        await using (var store = await SqliteLogStore.OpenAsync(Options, Stop))
        {
            await store.PutAsync(LogName.Master, new LogIndex(1), new byte[300_000], Stop);
            wal = await File.ReadAllBytesAsync(Options.DatabasePath + "-wal", Stop);
        }

        // A page in the middle of the record's chain, and the header of a WAL with nothing in it yet.
        await using (var file = new FileStream(Options.DatabasePath, FileMode.Open))
        {
            file.Seek(40 * SqliteSchema.PageBytes, SeekOrigin.Begin);
            file.Write([0, 0, 0, 1]);
        }

        await File.WriteAllBytesAsync(Options.DatabasePath + "-wal", wal[..32], Stop);
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => SqliteLogStore.OpenAsync(Options, Stop));
        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreationCutShort_IsBegunAnew()
    {
        await File.WriteAllBytesAsync(Options.DatabasePath + ".new", new byte[2000], Stop);
        await File.WriteAllBytesAsync(Options.DatabasePath + ".new-journal", new byte[2000], Stop);
        await CreateAsync();
        Assert.False(File.Exists(Options.DatabasePath + ".new"));
        Assert.False(File.Exists(Options.DatabasePath + ".new-journal"));
    }

    private async Task CreateAsync()
    {
        await using var store = await SqliteLogStore.OpenAsync(Options, Stop);
        await store.PutAsync(LogName.Master, new LogIndex(1), new byte[50_000], Stop);
    }

    private void Run(string sql)
    {
        using var connection = SqliteConnection.Open(Options.DatabasePath);
        connection.Run(sql);
    }

    private async Task RefusedUnchangedAsync(string expected)
    {
        var before = await File.ReadAllBytesAsync(Options.DatabasePath, Stop);
        await RefusedAsync(Options, expected);
        Assert.Equal(before, await File.ReadAllBytesAsync(Options.DatabasePath, Stop));

        // The directory is let go, so that the next one is told the same.
        await RefusedAsync(Options, expected);
    }

    private static async Task RefusedAsync(SqliteLogStoreOptions options, string expected)
    {
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => SqliteLogStore.OpenAsync(options, Stop));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(options.Directory, refusal.Message, StringComparison.Ordinal);
    }
}
