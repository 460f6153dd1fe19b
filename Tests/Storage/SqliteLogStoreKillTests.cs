using OrleansShards.Core;
using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage;

public sealed class SqliteLogStoreKillTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SqliteLogStoreOptions Options => new() { Directory = _directory.Path };

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task KilledInTheMiddle_SeveralTimes_EveryAcknowledgedRecordIsThere()
    {
        var acknowledged = new Dictionary<LogName, LogIndex>();
        foreach (var acknowledgements in new[] { 1, 40, 150, 333, 700 })
        {
            await WriteUntilKilledAsync(acknowledgements, acknowledged);
            await using var store = await SqliteLogStore.OpenAsync(Options, Stop);
            foreach (var (log, last) in acknowledged)
            {
                var (records, _) = await store.ReadAsync(log, LogIndex.None, int.MaxValue, Stop);
                Assert.True(records.Count >= (int)last.Value, $"{log}: {last} acknowledged, {records.Count} found");
                for (var at = 0; at < records.Count; at++)
                {
                    Assert.Equal(new LogIndex((ulong)at + 1), records[at].Index);
                    Assert.Equal(StoreWriterProcess.BytesOf(log, records[at].Index), records[at].Bytes.ToArray());
                }
            }
        }

        Assert.Equal(StoreWriterProcess.Logs, acknowledged.Count);
    }

    [Fact(Timeout = 120_000)]
    public async Task HeldByAnotherProcess_IsRefusedByItsIdUntilItIsKilled()
    {
        using var holder = new StoreWriterProcess(_directory.Path);
        Assert.NotNull(await holder.NextAcknowledgedAsync(Stop));

        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => SqliteLogStore.OpenAsync(Options, Stop));
        Assert.Contains($"in use by process {holder.Id}", refusal.Message, StringComparison.Ordinal);

        holder.Kill();
        await using var store = await SqliteLogStore.OpenAsync(Options, Stop);
        Assert.NotEmpty(await store.ListAsync(Stop));
    }

    [Fact(Timeout = 120_000)]
    public async Task HeldByThisProcess_IsRefusedUntilItIsClosed()
    {
        var holder = await SqliteLogStore.OpenAsync(Options, Stop);
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => SqliteLogStore.OpenAsync(Options, Stop));
        Assert.Contains("this process itself", refusal.Message, StringComparison.Ordinal);

        var waiting = SqliteLogStore.OpenAsync(Options with { LockWaitMs = 60_000 }, Stop);
        Assert.False(waiting.IsCompleted);
        await holder.DisposeAsync();
        await (await waiting).DisposeAsync();
    }

    private async Task WriteUntilKilledAsync(int acknowledgements, Dictionary<LogName, LogIndex> acknowledged)
    {
        using var writer = new StoreWriterProcess(_directory.Path);
        for (var count = 0; await writer.NextAcknowledgedAsync(Stop) is { } put; count++)
        {
            acknowledged[put.Log] = put.Index;
            if (count == acknowledgements)
            {
                // What it has printed until then is still read.
                writer.Kill();
            }
        }
    }
}
