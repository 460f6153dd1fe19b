using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Tests.Storage;

/// <summary>Several stores on one database, as silos have them.</summary>
public sealed class PostgresLogStoreRaceTests : IAsyncLifetime
{
    private const int Writers = 32;
    private static readonly LogName Log = LogName.Master;
    private TestSchema _schema = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _schema = new TestSchema();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_schema is not null)
            await _schema.DisposeAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Put_WritersOfTwoStoresRace_EachRecordHasOneWinner()
    {
        const int Rounds = 100;
        const int RecordsARound = 4;
        const int Records = Rounds * RecordsARound;
        PostgresLogStore[] stores = [await _schema.OpenAsync(), await _schema.OpenAsync()];
        await using var first = stores[0];
        await using var second = stores[1];
        var outcomes = new PutOutcome[Writers, Records];
        for (var round = 0; round < Rounds; round++)
        {
            // Who begins alternates, so that both stores win some.
            var start = round * RecordsARound;
            await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
                () => PutSomeAsync(stores[(writer + start / RecordsARound) % 2], writer, start, RecordsARound, outcomes), Stop)));
        }

        var (records, _) = await first.ReadAsync(Log, LogIndex.None, int.MaxValue, Stop);
        Assert.Equal(Records, records.Count);
        for (var at = 0; at < Records; at++)
        {
            var ofAll = Enumerable.Range(0, Writers).Select(writer => outcomes[writer, at]).ToArray();
            Assert.Single(ofAll, outcome => outcome == PutOutcome.Stored);
            Assert.Equal(Writers - 1, ofAll.Count(outcome => outcome == PutOutcome.Occupied));
            Assert.Equal(Array.IndexOf(ofAll, PutOutcome.Stored), records[at].Bytes.Span[0]);
        }

        // The race was one.
        var winners = records.Select((record, at) => (record.Bytes.Span[0] + (at / RecordsARound)) % 2);
        Assert.Equal([0, 1], winners.Distinct().Order());
    }

    [Fact(Timeout = 300_000)]
    public async Task Put_StoresTakeTheSameLogsInOppositeOrder_NeitherWaitsForTheOther()
    {
        const int Logs = 64;
        var (left, right) = (new StoreFaults(), new StoreFaults());
        await using var first = await PostgresLogStore.OpenAsync(_schema.Options with { Faults = left }, Stop);
        await using var second = await PostgresLogStore.OpenAsync(_schema.Options with { Faults = right }, Stop);
        const string Deadlocks = "select sum(deadlocks)::bigint from pg_stat_database";
        var before = await _schema.AskAsync(Deadlocks);
        for (var round = 1UL; round <= 30; round++)
        {
            left.TakeGate.Reset();
            right.TakeGate.Reset();
            var puts = Enumerable.Range(0, Logs).Select(log => PutAsync(first, log, round))
                .Concat(Enumerable.Range(0, Logs).Reverse().Select(log => PutAsync(second, log, round))).ToArray();
            left.TakeGate.Set();
            right.TakeGate.Set();
            var outcomes = await Task.WhenAll(puts);
            Assert.Equal(Logs, outcomes.Count(outcome => outcome == PutOutcome.Stored));
            Assert.Equal(Logs, outcomes.Count(outcome => outcome == PutOutcome.Occupied));
        }

        // The server ends a deadlock, and the store tries again: only the server's count shows it.
        Assert.Equal(before, await _schema.AskAsync(Deadlocks));
    }

    [Fact(Timeout = 120_000)]
    public async Task Put_ManyLogsWait_AreOneTransaction()
    {
        var faults = new StoreFaults();
        await using var store = await PostgresLogStore.OpenAsync(_schema.Options with { Faults = faults }, Stop);
        faults.TakeGate.Reset();
        var puts = Enumerable.Range(0, 100).Select(number => PutAsync(store, number % 10, (ulong)(number / 10) + 1)).ToArray();
        faults.TakeGate.Set();
        Assert.All(await Task.WhenAll(puts), outcome => Assert.Equal(PutOutcome.Stored, outcome));

        // The thread may have had the first one taken before the gate was closed.
        var transactions = (long)(await _schema.AskAsync($"select count(distinct xmin::text) from {_schema.Name}.records"))!;
        Assert.InRange(transactions, 1, 2);
    }

    [Fact(Timeout = 120_000)]
    public async Task Publish_TwoStoresRace_TheHighestWinsAndEachIndexOnce()
    {
        await using var first = await _schema.OpenAsync();
        await using var second = await _schema.OpenAsync();
        var published = await Task.WhenAll(Enumerable.Range(0, 60).Select(async number =>
        {
            var index = new LogIndex((ulong)(number / 2) + 1);
            var store = number % 2 == 0 ? first : second;
            return (index, Newest: await store.PublishAsync(Log, new(index, new Term(1)), new[] { (byte)number }, Stop));
        }));

        Assert.All(published.GroupBy(one => one.index), ofIndex => Assert.InRange(ofIndex.Count(one => one.Newest), 0, 1));
        Assert.Equal(30, (await first.ReadManifestAsync(Log, Stop))!.Value.Span[0] / 2 + 1);
        Assert.Equal(new LogIndex(30), (await second.ReadAsync(Log, new LogIndex(1), 10, Stop)).CheckpointIndex);
    }

    [Fact(Timeout = 120_000)]
    public async Task Drop_TwoStoresAtOnce_LeaveWhatIsKept()
    {
        await using var first = await _schema.OpenAsync();
        await using var second = await _schema.OpenAsync();
        await Task.WhenAll(Enumerable.Range(1, 2000).Select(index => PutAsync(first, 0, (ulong)index)));
        var log = new LogName("log/0");
        await Task.WhenAll(
            first.DropAsync(log, new LogIndex(1999), [new(7)], Stop).AsTask(),
            second.DropAsync(log, new LogIndex(1999), [new(7)], Stop).AsTask());
        var (records, _) = await first.ReadAsync(log, LogIndex.None, int.MaxValue, Stop);
        Assert.Equal([7UL, 2000UL], records.Select(record => record.Index.Value));
    }

    /// <summary>At once, and in an order of the writer's own.</summary>
    private static async Task PutSomeAsync(PostgresLogStore store, int writer, int start, int count, PutOutcome[,] outcomes)
    {
        var at = Enumerable.Range(start, count);
        await Task.WhenAll((writer % 3 == 0 ? at.Reverse() : at).Select(async record =>
            outcomes[writer, record] =
                (await store.PutAsync(Log, new LogIndex((ulong)record + 1), new[] { (byte)writer }, Stop)).Outcome));
    }

    private static async Task<PutOutcome> PutAsync(PostgresLogStore store, int log, ulong index) =>
        (await store.PutAsync(new LogName($"log/{log}"), new LogIndex(index), new byte[20], Stop)).Outcome;
}
