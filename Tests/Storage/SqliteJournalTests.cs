using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;
using OrleansShards.Tests.MaelstromGateway;
using SQLitePCL;

namespace OrleansShards.Tests.Storage;

/// <summary>The contract of a store, with every record in the journal first, which is settled soon or when the file is closed.</summary>
public abstract class SqliteJournalConformance(long bytesToSettle) : LogStoreConformance
{
    private readonly TemporaryDirectory _directory = new();

    protected override async ValueTask<ILogStore> OpenAsync() => await SqliteLogStore.OpenAsync(
        new() { Directory = _directory.Path, Faults = new() { JournalsAll = true, BytesToSettle = bytesToSettle } }, Stop);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class SqliteJournalSettledAtOnceTests() : SqliteJournalConformance(bytesToSettle: 1);

public sealed class SqliteJournalSettledAtCloseTests() : SqliteJournalConformance(long.MaxValue);

/// <summary>Small records of many logs share a row of the journal, and reach their logs' tables later.</summary>
public sealed class SqliteJournalTests : IAsyncLifetime
{
    private const int Logs = 16;

    private readonly TemporaryDirectory _directory = new();
    private SqliteFaults _faults = new();
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
    public async Task Put_SmallRecordsOfManyLogsInOneCommit_AreOneRow()
    {
        await PutToAllAsync(1);
        Assert.Equal((1, 0), (Rows("journal"), Rows("records_1")));
        Assert.All(Enumerable.Range(0, Logs), log => Assert.Equal([1], Indexes(log)));
    }

    [Fact]
    public async Task Put_LargeRecordsOfManyLogs_AreInTheirTables()
    {
        await PutToAllAsync(1, bytes: 2 * SqliteSchema.PageBytes);
        Assert.Equal((0, 1), (Rows("journal"), Rows("records_1")));
    }

    [Fact]
    public async Task Put_NumberThatTheJournalHas_IsOccupied()
    {
        await PutToAllAsync(1);
        Assert.Equal(PutOutcome.Occupied, (await _store.PutAsync(Name(3), new(1), new byte[3], Stop)).Outcome);
        Assert.Equal(100, (await _store.ReadAsync(Name(3), new(1), 1 << 20, Stop)).Records.Single().Bytes.Length);
    }

    [Fact]
    public async Task Put_SameNumberTwiceInOneCommit_OneIsStored()
    {
        _faults = new() { JournalsAll = true };
        await ReopenAsync();
        var outcomes = await _faults.TogetherAsync(
            () => Enumerable.Range(0, 8).Select(_ => _store.PutAsync(Name(0), new(1), new byte[9], Stop).AsTask()).ToArray());
        Assert.Single(outcomes, put => put.Outcome == PutOutcome.Stored);
        Assert.Equal(7, outcomes.Count(put => put.Outcome == PutOutcome.Occupied));
    }

    [Fact]
    public async Task Reopened_AfterAKill_JournalIsReadAgain()
    {
        await PutToAllAsync(1);
        await PutToAllAsync(2);
        using TemporaryDirectory copy = await CopyAsync();
        await using var reopened = await SqliteLogStore.OpenAsync(new() { Directory = copy.Path }, Stop);
        foreach (int log in Enumerable.Range(0, Logs))
        {
            var read = await reopened.ReadAsync(Name(log), new(1), 1 << 20, Stop);
            Assert.Equal([1, 2], read.Records.Select(record => record.Index.Value));
            Assert.Equal(PutOutcome.Occupied, (await reopened.PutAsync(Name(log), new(2), new byte[1], Stop)).Outcome);
        }

        Assert.Equal(Logs, (await reopened.ListAsync(Stop)).Count);
    }

    [Fact]
    public async Task Closed_JournalIsSettled()
    {
        await PutToAllAsync(1);
        await _store.DisposeAsync();
        Assert.Equal((0, 1), (Rows("journal"), Rows("records_1")));
    }

    [Fact]
    public async Task Drop_OfRecordsThatTheJournalHas_KeepsThemGoneAfterAKill()
    {
        await PutToAllAsync(1);
        await PutToAllAsync(2);
        await _store.DropAsync(Name(5), new(1), [], Stop);
        Assert.Equal([2], Indexes(5));
        using TemporaryDirectory copy = await CopyAsync();
        await using var reopened = await SqliteLogStore.OpenAsync(new() { Directory = copy.Path }, Stop);
        Assert.Equal([2], (await reopened.ReadAsync(Name(5), new(1), 1 << 20, Stop)).Records.Select(record => record.Index.Value));
        Assert.Equal([1, 2], (await reopened.ReadAsync(Name(6), new(1), 1 << 20, Stop)).Records.Select(record => record.Index.Value));
    }

    [Fact]
    public async Task Settle_RolledBack_LosesNothing()
    {
        await PutToAllAsync(1);
        await PutToAllAsync(2);
        _faults.FailNextInsteadOfCommit(raw.SQLITE_FULL);
        await Assert.ThrowsAsync<LogStoreException>(async () => await _store.DropAsync(Name(0), new(1), [], Stop));
        Assert.Equal((2, 0), (Rows("journal"), Rows("records_1")));
        Assert.All(Enumerable.Range(0, Logs), log => Assert.Equal([1, 2], Indexes(log)));
        await _store.DropAsync(Name(0), new(1), [], Stop);
        Assert.Equal((0, 1), (Rows("journal"), Rows("records_1")));
        Assert.Equal([2], Indexes(0));
        Assert.All(Enumerable.Range(1, Logs - 1), log => Assert.Equal([1, 2], Indexes(log)));
    }

    [Fact]
    public async Task Settle_IsAskedForByTheBytesThatWait()
    {
        _faults = new() { BytesToSettle = 3 * Logs * 100 };
        await ReopenAsync();
        await PutToAllAsync(1);
        await PutToAllAsync(2);
        Assert.Equal(2, Rows("journal"));
        await PutToAllAsync(3);
        Wait.Until(() => Rows("journal") == 0, "the journal is settled", () => $"{Rows("journal")} rows");
        Assert.All(Enumerable.Range(0, Logs), log => Assert.Equal([1, 2, 3], Indexes(log)));
    }

    [Fact]
    public async Task Read_WhileRecordsAreSettled_NeverShowsAFalseGapOrAnOlderState()
    {
        _faults = new() { BytesToSettle = 1 };
        await ReopenAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var acknowledged = new ulong[Logs];
        int settledReads = 0;
        var readers = Enumerable.Range(0, 2).Select(seed => Task.Run(async () =>
        {
            Random random = new(seed);
            while (!end.IsCancellationRequested)
            {
                int log = random.Next(Logs);
                ulong before = Volatile.Read(ref acknowledged[log]);
                ulong from = before > 3 ? before - (ulong)random.Next(3) : 1;
                var read = (await _store.ReadAsync(Name(log), new(from), 1 << 20, Stop)).Records;
                Assert.Equal(Enumerable.Range(0, read.Count).Select(at => from + (ulong)at), read.Select(record => record.Index.Value));
                Assert.True(read.Count > 0 || before == 0, $"log {log} had {before} records, and {from} was not found");
                Assert.True(before == 0 || read[^1].Index.Value >= before, $"log {log} had {before} records, and shows {read.Count}");
                settledReads += read.Count > 2 ? 1 : 0;
            }
        })).ToArray();
        for (ulong index = 1; index <= 300; index++)
        {
            // Every third goes to the table at once, beside what the journal has before it.
            int bytes = index % 3 == 0 ? 2 * SqliteSchema.PageBytes : 100;
            ulong stored = index;
            await PutToAllAsync(stored, bytes, log => Volatile.Write(ref acknowledged[log], stored));
        }

        await end.CancelAsync();
        await Task.WhenAll(readers);
        Assert.True(settledReads > 10, $"only {settledReads} reads met several records");
    }

    [Fact]
    public async Task Row_Damaged_IsRefusedByItsNumber()
    {
        await PutToAllAsync(1);
        using TemporaryDirectory copy = await CopyAsync();
        Run(copy.Path, "update journal set bytes = substr(bytes, 1, 50) || x'01' || substr(bytes, 52)");
        var refusal = await Assert.ThrowsAsync<LogStoreException>(
            () => SqliteLogStore.OpenAsync(new() { Directory = copy.Path }, Stop));
        Assert.Contains("row 1 of its journal", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(copy.Path, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileOfVersion1_IsTakenAndGetsAJournal()
    {
        await PutToAllAsync(1);
        await _store.DisposeAsync();
        Run(_directory.Path, "drop table journal");
        Run(_directory.Path, $"pragma user_version = {SqliteSchema.VersionWithoutJournal}");
        _store = await SqliteLogStore.OpenAsync(Options, Stop);
        await PutToAllAsync(2);
        Assert.Equal(1, Rows("journal"));
        Assert.All(Enumerable.Range(0, Logs), log => Assert.Equal([1, 2], Indexes(log)));
    }

    private static LogName Name(int log) => new($"log/{log}");

    private async Task PutToAllAsync(ulong index, int bytes = 100, Action<int>? acknowledged = null)
    {
        async Task<(PutOutcome Outcome, string? Reason)> PutAsync(int log)
        {
            var put = await _store.PutAsync(Name(log), new(index), new byte[bytes], Stop);
            acknowledged?.Invoke(log);
            return put;
        }

        var outcomes = await _faults.TogetherAsync(() => Enumerable.Range(0, Logs).Select(PutAsync).ToArray());

        // Not on the commit thread, which settles next.
        await Task.Yield();
        Assert.All(outcomes, put => Assert.Equal(PutOutcome.Stored, put.Outcome));
    }

    private IEnumerable<ulong> Indexes(int log) =>
        _store.ReadAsync(Name(log), new(1), 1 << 20, Stop).AsTask().GetAwaiter().GetResult().Records.Select(record => record.Index.Value);

    private async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        _store = await SqliteLogStore.OpenAsync(Options, Stop);
    }

    private async Task<TemporaryDirectory> CopyAsync()
    {
        TemporaryDirectory copy = new();
        foreach (string suffix in new[] { "", "-wal" })
        {
            await using var from = new FileStream(Options.DatabasePath + suffix, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await using var to = File.Create(new SqliteLogStoreOptions { Directory = copy.Path }.DatabasePath + suffix);
            await from.CopyToAsync(to, Stop);
        }

        return copy;
    }

    private long Rows(string table)
    {
        using var connection = SqliteConnection.Open(Options.DatabasePath);
        return connection.QueryInt64($"select count(*) from {table}");
    }

    private static void Run(string directory, string sql)
    {
        using var connection = SqliteConnection.Open(new SqliteLogStoreOptions { Directory = directory }.DatabasePath);
        connection.Run(sql);
    }
}
