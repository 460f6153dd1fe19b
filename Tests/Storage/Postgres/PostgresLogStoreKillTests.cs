using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Tests.Storage;

/// <summary>A server of the test's own that is killed and started again, with other settings too.</summary>
public sealed class PostgresLogStoreKillTests : IAsyncLifetime
{
    private const int Logs = 8;
    private readonly TestServer _server = new();
    private readonly ulong[] _acknowledged = new ulong[Logs];
    private int _acknowledgements;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // The tests beside this one skip without the run's server, and so does this one.
        _ = new TestSchema();
        await _server.StartAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task ServerKilledInTheMiddle_EveryAcknowledgedRecordIsThere()
    {
        var schema = new TestSchema(_server.Address);
        await using var store = await schema.OpenAsync();
        foreach (var burst in new[] { 1, 200, 900 })
        {
            await BurstAsync(store, burst, () =>
            {
                TestServer.Kill(_server.Id);
                return Task.CompletedTask;
            });
            await _server.StartAsync();
            await CheckAllAsync(store);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task OneOfItsProcessesKilled_EveryAcknowledgedRecordIsThere()
    {
        var schema = new TestSchema(_server.Address);
        await using var store = await schema.OpenAsync();
        for (var time = 0; time < 3; time++)
        {
            // Then the server ends all sessions and recovers by itself.
            await BurstAsync(store, 300, async () => TestServer.Kill((int)(await schema.AskAsync(
                "select pid from pg_stat_activity where application_name = 'OrleansShards' and query like 'insert%' limit 1"))!));
            await CheckAllAsync(store);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task FsyncOff_IsRefusedUnlessAllowed()
    {
        var schema = new TestSchema(_server.Address);
        await using var store = await schema.OpenAsync();
        await _server.StopAsync();
        await _server.StartAsync("-c", "fsync=off");
        var refusal = await Assert.ThrowsAsync<LogStoreException>(schema.OpenAsync);
        Assert.Contains("fsync=off", refusal.Message, StringComparison.Ordinal);

        // Nor does a store go on that was opened before.
        var (outcome, reason) = await store.PutAsync(Log(0), new LogIndex(1), new byte[1], Stop);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("fsync=off", reason, StringComparison.Ordinal);
        var allowed = schema.Options with { AllowFsyncOff = true };
        await using var unsafeStore = await PostgresLogStore.OpenAsync(allowed, Stop);
        Assert.Equal(PutOutcome.Stored, (await unsafeStore.PutAsync(Log(0), new LogIndex(1), new byte[1], Stop)).Outcome);
    }

    private static LogName Log(int number) => new($"log/{number}");

    /// <summary>Writers put until they are refused; at so many acknowledgements the server is killed.</summary>
    private async Task BurstAsync(PostgresLogStore store, int acknowledgements, Func<Task> kill)
    {
        var killing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _acknowledgements = 0;
        var writers = Enumerable.Range(0, Logs).Select(log => Task.Run(
            async () =>
            {
                for (var index = _acknowledged[log] + 1; await PutAsync(store, log, index) == PutOutcome.Stored; index++)
                {
                    _acknowledged[log] = index;
                    if (Interlocked.Increment(ref _acknowledgements) == acknowledgements)
                        killing.SetResult();
                }
            },
            Stop)).ToArray();
        await killing.Task.WaitAsync(Stop);
        await kill();
        await Task.WhenAll(writers);
    }

    private static async Task<PutOutcome> PutAsync(PostgresLogStore store, int log, ulong index)
    {
        var name = Log(log);
        var (outcome, _) = await store.PutAsync(name, new LogIndex(index), StoreWriterProcess.BytesOf(name, new LogIndex(index)), Stop);
        return outcome;
    }

    /// <summary>Through the store that has seen it all: it connects again by itself.</summary>
    private async Task CheckAllAsync(PostgresLogStore store)
    {
        for (var log = 0; log < Logs; log++)
        {
            var records = await ReadAsync(store, Log(log));

            // The one under way when the server was killed may be there.
            Assert.InRange((ulong)records.Count, _acknowledged[log], _acknowledged[log] + 1);
            for (var at = 0; at < records.Count; at++)
            {
                Assert.Equal(new LogIndex((ulong)at + 1), records[at].Index);
                Assert.Equal(StoreWriterProcess.BytesOf(Log(log), records[at].Index), records[at].Bytes.ToArray());
            }

            _acknowledged[log] = (ulong)records.Count;
        }

        Assert.Equal(PutOutcome.Stored, await PutAsync(store, 0, ++_acknowledged[0]));
    }

    private static async Task<IReadOnlyList<StoredRecord>> ReadAsync(PostgresLogStore store, LogName log)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); ;)
        {
            try
            {
                return (await store.ReadAsync(log, LogIndex.None, int.MaxValue, Stop)).Records;
            }
            catch (LogStoreException) when (DateTime.UtcNow < deadline)
            {
                // The server recovers.
            }
        }
    }
}
