using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage;

/// <summary>What a crash or a failing disk does to the WAL: the files are copied while the store is open, then cut or changed.</summary>
public sealed class SqliteLogStoreTornWalTests : IDisposable
{
    private const int FrameBytes = 24 + 4096;
    private const int HeaderBytes = 32;
    private const int Puts = 24;
    private static readonly LogName[] Logs = [new("log/0"), new("log/10")];

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SqliteLogStoreOptions Options => new() { Directory = _directory.Path };

    private string WalPath => Options.DatabasePath + "-wal";

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task CutAnywhere_WhatIsThereIsAPrefixOfWhatWasAcknowledged()
    {
        var (database, wal) = await WriteAsync();
        var survivors = new SortedDictionary<int, int>();
        for (var frame = 0; HeaderBytes + (frame * FrameBytes) <= wal.Length; frame++)
        {
            var end = HeaderBytes + (frame * FrameBytes);
            foreach (var length in new[] { end - 1, end, end + 1 + (frame * 97 % FrameBytes) }.Where(length => length <= wal.Length))
                survivors[length] = await SurvivorsAsync(database, wal[..length]);
        }

        survivors[0] = await SurvivorsAsync(database, []);
        Assert.Equal(survivors.Values.Order(), survivors.Values);
        Assert.Equal((0, Puts), (survivors[0], survivors[wal.Length]));
        Assert.True(survivors.Values.Distinct().Count() > Puts / 2);
    }

    [Fact]
    public async Task LastFrameTorn_OnlyTheLastPutIsGone()
    {
        var (database, wal) = await WriteAsync();
        wal.AsSpan(wal.Length - 1000).Clear();
        Assert.Equal(Puts - 1, await SurvivorsAsync(database, wal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(HeaderBytes + 2)]
    [InlineData(HeaderBytes + 9)]
    [InlineData(HeaderBytes + 2000)]
    [InlineData(HeaderBytes + (20 * FrameBytes) + 17)]
    [InlineData(HeaderBytes + (20 * FrameBytes) + 3000)]
    public async Task DamagedInTheMiddle_IsRefusedAndNothingIsChanged(int at)
    {
        var (database, wal) = await WriteAsync();
        wal[at] ^= 0x40;
        Restore(database, wal);

        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => SqliteLogStore.OpenAsync(Options, Stop));
        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(wal, await File.ReadAllBytesAsync(WalPath, Stop));
        Assert.Equal(database, await File.ReadAllBytesAsync(Options.DatabasePath, Stop));
    }

    [Fact]
    public async Task BitFlippedInTheSaltThatEndsTheTransactionBeforeTheLast_IsRefused()
    {
        var (database, wal) = await WriteAsync();
        var ends = Enumerable.Range(0, (wal.Length - HeaderBytes) / FrameBytes).Select(frame => HeaderBytes + (frame * FrameBytes))
            .Where(at => wal.AsSpan(at + 4, 4).ContainsAnyExcept((byte)0)).ToArray();
        wal[ends[^2] + 9] ^= 0x40;
        Restore(database, wal);
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => SqliteLogStore.OpenAsync(Options, Stop));
        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeftByAKilledProcess_IsInTheDatabaseBeforeAnybodyReads()
    {
        var (database, wal) = await WriteAsync();
        Restore(database, wal);
        await using var store = await SqliteLogStore.OpenAsync(Options, Stop);
        Assert.Equal(0, new FileInfo(WalPath).Length);
        Assert.NotEqual(database.Length, new FileInfo(Options.DatabasePath).Length);
    }

    [Fact]
    public async Task DatabaseRemovedButWalLeft_IsRefused()
    {
        var (_, wal) = await WriteAsync();
        File.Delete(Options.DatabasePath);
        await File.WriteAllBytesAsync(WalPath, wal, Stop);

        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => SqliteLogStore.OpenAsync(Options, Stop));
        Assert.Contains("missing", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(wal, await File.ReadAllBytesAsync(WalPath, Stop));
    }

    /// <summary>Puts one after another, from log to log, and takes the files as they are when the last is acknowledged.</summary>
    private async Task<(byte[] Database, byte[] Wal)> WriteAsync()
    {
        await using var store = await SqliteLogStore.OpenAsync(Options, Stop);
        for (var put = 0; put < Puts; put++)
        {
            var (log, index) = Nth(put);
            var (outcome, _) = await store.PutAsync(log, index, StoreWriterProcess.BytesOf(log, index), Stop);
            Assert.Equal(PutOutcome.Stored, outcome);
        }

        return (await ReadAsync(Options.DatabasePath), await ReadAsync(WalPath));
    }

    private static (LogName Log, LogIndex Index) Nth(int put) => (Logs[put % 2], new LogIndex((ulong)(put / 2) + 1));

    /// <summary>How many of the puts are there, in the order of their acknowledgement and none after the first missing.</summary>
    private async Task<int> SurvivorsAsync(byte[] database, byte[] wal)
    {
        Restore(database, wal);
        await using var store = await SqliteLogStore.OpenAsync(Options, Stop);
        var found = new Dictionary<(LogName, LogIndex), byte[]>();
        foreach (var log in Logs)
        {
            var (records, _) = await store.ReadAsync(log, LogIndex.None, int.MaxValue, Stop);
            foreach (var record in records)
                found.Add((log, record.Index), record.Bytes.ToArray());
        }

        var survivors = Enumerable.Range(0, Puts).TakeWhile(put => found.ContainsKey(Nth(put))).Count();
        Assert.Equal(found.Count, survivors);
        Assert.All(found, record => Assert.Equal(StoreWriterProcess.BytesOf(record.Key.Item1, record.Key.Item2), record.Value));
        var (next, index) = Nth(survivors);
        Assert.Equal(PutOutcome.Stored, (await store.PutAsync(next, index, new byte[10], Stop)).Outcome);
        return survivors;
    }

    private void Restore(byte[] database, byte[] wal)
    {
        File.Delete(Options.DatabasePath + "-shm");
        File.WriteAllBytes(Options.DatabasePath, database);
        File.WriteAllBytes(WalPath, wal);
    }

    private static async Task<byte[]> ReadAsync(string path)
    {
        // SQLite has its own locks on these files, which must not be in the way of a copy.
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        await file.CopyToAsync(copy, Stop);
        return copy.ToArray();
    }
}
