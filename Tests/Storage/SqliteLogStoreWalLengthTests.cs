using OrleansShards.Core;
using OrleansShards.Storage.Sqlite;
using OrleansShards.Tests.Orleans.Client;

namespace OrleansShards.Tests.Storage;

public sealed class SqliteLogStoreWalLengthTests : IDisposable
{
    private const int RecordBytes = 1 << 20;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The kept length is below that at which a checkpoint is asked for, so that few megabytes will do.
    private SqliteLogStoreOptions Options => new()
    {
        Directory = _directory.Path,
        Synchronous = SqliteSynchronous.Off,
        WalBytesKept = 2 * RecordBytes,
    };

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Wal_AfterALongOutsideReader_IsShortAgain()
    {
        await using var store = await SqliteLogStore.OpenAsync(Options, Stop);
        ulong index = 0;
        Task PutAsync(int bytes) => store.PutAsync(LogName.Master, new LogIndex(++index), new byte[bytes], Stop).AsTask();

        await PutAsync(1);
        using (var reader = SqliteConnection.Open(Options.DatabasePath))
        {
            reader.Run("begin");
            Assert.True(reader.QueryInt64("select count(*) from logs") > 0);
            while (index < 40)
                await PutAsync(RecordBytes);

            Assert.True(WalBytes() > 39 * RecordBytes, $"the reader should have kept the WAL from restarting, it has {WalBytes()} bytes");
            reader.Run("commit");
        }

        // Without a commit that asks for it: an idle silo makes few.
        await Waits.UntilAsync(
            () => new FileInfo(Options.DatabasePath).Length > 39 * RecordBytes, "the WAL to be copied after its reader has ended");

        Task last = Task.CompletedTask;
        await Waits.UntilAsync(
            () =>
            {
                if (last.IsCompleted)
                    last = PutAsync(1);

                return WalBytes() <= Options.WalBytesKept;
            },
            $"a WAL of at most {Options.WalBytesKept} bytes");
        await last;
    }

    private long WalBytes() => new FileInfo(Options.DatabasePath + "-wal").Length;
}
