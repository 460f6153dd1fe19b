using Npgsql;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Tests.Storage;

/// <summary>Connections that are lost, servers that do not answer: what is certain afterwards, and who is told what.</summary>
public sealed class PostgresLogStoreDoubtTests : IAsyncLifetime
{
    private static readonly LogName Log = new("a");
    private static readonly LogName OtherLog = new("b");
    private readonly StoreFaults _faults = new();
    private TestSchema _schema = null!;
    private TestProxy _proxy = null!;
    private PostgresLogStore _store = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private PostgresLogStoreOptions Options
    {
        get
        {
            var address = new NpgsqlConnectionStringBuilder(_schema.Options.ConnectionString) { Host = "127.0.0.1", Port = _proxy.Port };
            return _schema.Options with { ConnectionString = address.ConnectionString, Faults = _faults };
        }
    }

    public async ValueTask InitializeAsync()
    {
        _schema = new TestSchema();
        var address = new NpgsqlConnectionStringBuilder(_schema.Options.ConnectionString);
        _proxy = new TestProxy(address.Host!, address.Port);
        _store = await PostgresLogStore.OpenAsync(Options, Stop);
        await StoredAsync(Log, 1);
        await StoredAsync(OtherLog, 1);
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            _proxy.Dispose();
            await _schema.DisposeAsync();
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task SessionEndedInTheMiddle_AllOfItsPutsAreUnknownAndThenSettled()
    {
        await using var holder = await HoldAsync("b", 2);
        var puts = Together([(Log, 2), (OtherLog, 2)]);
        await WaitingForLockAsync();
        await _schema.AskAsync($"select pg_terminate_backend(pid) from pg_stat_activity where {IsOurWriter} and wait_event_type = 'Lock'");

        Assert.All(await Task.WhenAll(puts), put => Assert.Equal(PutOutcome.Unknown, put.Outcome));
        Assert.False(await _store.ProbeAsync(Log, new LogIndex(2), Stop));
        await holder.DisposeAsync();
        await StoredAsync(Log, 2);
        await StoredAsync(OtherLog, 2);
    }

    [Fact(Timeout = 120_000)]
    public async Task ConnectionLostAfterTheCommit_IsUnknownAndReadsFindIt()
    {
        _proxy.IsSilent = true;
        var put = PutAsync(Log, 2);
        await _schema.UntilAsync($"exists (select from {_schema.Name}.records where idx = 2)");
        _proxy.CutClients();
        Assert.Equal(PutOutcome.Unknown, (await put).Outcome);

        _proxy.IsSilent = false;
        Assert.Equal([1, 2], await IndexesAsync(Log));
        Assert.Equal(PutOutcome.Occupied, (await PutAsync(Log, 2)).Outcome);
    }

    [Fact(Timeout = 120_000)]
    public async Task AbandonedSessionStillAtWork_ReadsAnswerOnlyWhatStays()
    {
        // 1. A transaction has stored a/2, and waits for b/2.
        var holder = await HoldAsync("b", 2);
        var puts = Together([(Log, 2), (OtherLog, 2)]);
        await WaitingForLockAsync();

        // 2. The store loses it; the server does not notice.
        _proxy.CutClients();
        Assert.All(await Task.WhenAll(puts), put => Assert.Equal(PutOutcome.Unknown, put.Outcome));

        // 3. What a read says now must hold, although b/2 becomes free and the transaction could go on.
        var (seen, _) = await _store.ReadAsync(Log, new LogIndex(2), 100, Stop);
        await holder.DisposeAsync();
        await _schema.UntilAsync($"not exists (select from pg_stat_activity where {IsOurWriter} and wait_event_type = 'Lock')");
        await StoredAsync(OtherLog, 3);
        Assert.Empty(seen);
        Assert.Equal([1], await IndexesAsync(Log));
        Assert.Equal([1, 3], await IndexesAsync(OtherLog));
    }

    [Fact(Timeout = 120_000)]
    public async Task ServerSaysNothing_EveryCallEnds()
    {
        await ReopenAsync(Options with { CommandTimeoutSeconds = 1 });
        _proxy.IsSilent = true;
        Assert.Equal(PutOutcome.Unknown, (await PutAsync(Log, 2)).Outcome);
        Assert.Equal(PutOutcome.NotStored, (await PutAsync(Log, 3)).Outcome);
        await Assert.ThrowsAsync<LogStoreException>(async () => await _store.ProbeAsync(Log, new LogIndex(2), Stop));
        await Assert.ThrowsAsync<LogStoreException>(async () => await _store.DropAsync(Log, new LogIndex(1), [], Stop));

        _proxy.IsSilent = false;
        await EventuallyAsync(async () => await _store.ProbeAsync(Log, new LogIndex(2), Stop));
        await EventuallyAsync(async () => await _store.DropAsync(Log, new LogIndex(1), [], Stop));
    }

    [Fact(Timeout = 120_000)]
    public async Task TableIsLocked_PutsAreNotStoredAndReadsSayWhy()
    {
        await ReopenAsync(Options with { CommandTimeoutSeconds = 1 });
        await StoredAsync(Log, 2);
        await using (var connection = await _schema.ConnectAsync())
        await using (var transaction = await connection.BeginTransactionAsync(Stop))
        {
            await RunAsync(connection, $"lock table {_schema.Name}.records in access exclusive mode");
            var (outcome, reason) = await PutAsync(Log, 3);
            Assert.Equal(PutOutcome.NotStored, outcome);
            Assert.Contains("lock", reason, StringComparison.Ordinal);
            var refusal = await Assert.ThrowsAsync<LogStoreException>(async () => await IndexesAsync(Log));
            Assert.Contains("lock", refusal.Message, StringComparison.Ordinal);
        }

        await StoredAsync(Log, 3);
        Assert.Equal([1, 2, 3], await IndexesAsync(Log));
    }

    [Fact(Timeout = 120_000)]
    public async Task OneWriteIsRefused_TheOthersOfItsTransactionAreStored()
    {
        await _schema.AskAsync($"alter table {_schema.Name}.records add check (idx <> 13)");

        // Longer than an entry of an index may be, and such that it does not compress.
        char[] letters = [.. Enumerable.Range(0x4E00, 20_000).Select(code => (char)code)];
        var tooLong = new LogName(new string(new Random(1).GetItems(letters, 4000)));
        var puts = Together([(Log, 12), (Log, 13), (OtherLog, 13), (OtherLog, 14), (tooLong, 1), (new LogName("new"), 1)]);
        var outcomes = await Task.WhenAll(puts);
        Assert.Equal(
            [PutOutcome.Stored, PutOutcome.NotStored, PutOutcome.NotStored, PutOutcome.Stored, PutOutcome.NotStored, PutOutcome.Stored],
            outcomes.Select(put => put.Outcome));
        Assert.Equal([1, 12], await IndexesAsync(Log));
        Assert.Equal([1, 14], await IndexesAsync(OtherLog));
    }

    [Fact(Timeout = 120_000)]
    public async Task TablesGone_PutsAreNotStoredUntilTheyAreBack()
    {
        await _schema.AskAsync($"alter table {_schema.Name}.records rename to gone");
        var outcomes = await Task.WhenAll(Together([(Log, 2), (OtherLog, 2)]));
        Assert.All(outcomes, put => Assert.Equal(PutOutcome.NotStored, put.Outcome));
        Assert.All(outcomes, put => Assert.Contains("tables are gone", put.Reason, StringComparison.Ordinal));
        await _schema.AskAsync($"alter table {_schema.Name}.gone rename to records");
        await StoredAsync(Log, 2);
    }

    [Fact(Timeout = 120_000)]
    public async Task ConnectionsLostWhileIdle_ReadsGoOn()
    {
        Assert.Equal([1], await IndexesAsync(Log));
        await _schema.AskAsync($"select pg_terminate_backend(pid) from pg_stat_activity where {IsOurWriter}");
        Assert.Equal([1], await IndexesAsync(Log));
    }

    [Fact(Timeout = 120_000)]
    public async Task ServerReplacedByACopy_NumbersOfLogsAreLookedUpAgain()
    {
        _proxy.CutClients();
        await _schema.AskAsync(
            $"""
            update {_schema.Name}.logs set id = default;
            update {_schema.Name}.records set log = (select id from {_schema.Name}.logs where name = 'a') where log = 1;
            """);
        await PutAsync(Log, 2);
        await PutAsync(Log, 2);
        Assert.Equal([1, 2], await IndexesAsync(Log));
    }

    [Fact(Timeout = 120_000)]
    public async Task PublicationWithoutItsCleaning_IsAPublication()
    {
        await _store.PutChunkAsync(Log, new(new(1), new(1)), 0, new byte[5], Stop);
        await _schema.AskAsync($"alter table {_schema.Name}.chunks rename to gone");
        Assert.True(await _store.PublishAsync(Log, new(new(5), new(1)), new byte[5], Stop));
        await _schema.AskAsync($"alter table {_schema.Name}.gone rename to chunks");
        Assert.NotNull(await _store.ReadChunkAsync(Log, new(new(1), new(1)), 0, Stop));
        Assert.True(await _store.PublishAsync(Log, new(new(6), new(1)), new byte[5], Stop));
        Assert.Null(await _store.ReadChunkAsync(Log, new(new(1), new(1)), 0, Stop));
    }

    // Its tables' schema tells this test's sessions from those of others.
    private string IsOurWriter => $"query like '%{_schema.Name}.%' and pid <> pg_backend_pid()";

    private Task WaitingForLockAsync() =>
        _schema.UntilAsync($"exists (select from pg_stat_activity where {IsOurWriter} and wait_event_type = 'Lock')");

    /// <summary>A record that another transaction has put and not decided: whoever puts it too waits.</summary>
    private async Task<NpgsqlConnection> HoldAsync(string log, ulong index)
    {
        var connection = await _schema.ConnectAsync();
        await RunAsync(connection, "begin");
        await RunAsync(
            connection,
            $"insert into {_schema.Name}.records select id, {index}, 'x' from {_schema.Name}.logs where name = '{log}'");
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Stop);
    }

    /// <summary>In one transaction: the thread is held until all were asked.</summary>
    private Task<(PutOutcome Outcome, string? Reason)>[] Together((LogName Log, ulong Index)[] puts)
    {
        _faults.TakeGate.Reset();
        Task<(PutOutcome Outcome, string? Reason)>[] asked = [.. puts.Select(put => PutAsync(put.Log, put.Index))];
        _faults.TakeGate.Set();
        return asked;
    }

    private async Task ReopenAsync(PostgresLogStoreOptions options)
    {
        await _store.DisposeAsync();
        _store = await PostgresLogStore.OpenAsync(options, Stop);
        await _store.PutAsync(Log, new LogIndex(1), new byte[1], Stop);
        await _store.DropAsync(Log, new LogIndex(1), [new(1)], Stop);
    }

    private async Task<(PutOutcome Outcome, string? Reason)> PutAsync(LogName log, ulong index) =>
        await _store.PutAsync(log, new LogIndex(index), new byte[10], Stop);

    private async Task StoredAsync(LogName log, ulong index) => Assert.Equal((PutOutcome.Stored, null), await PutAsync(log, index));

    private async Task<ulong[]> IndexesAsync(LogName log) =>
        [.. (await _store.ReadAsync(log, LogIndex.None, int.MaxValue, Stop)).Records.Select(record => record.Index.Value)];

    private static async Task EventuallyAsync(Func<Task> call)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); ;)
        {
            try
            {
                await call();
                return;
            }
            catch (LogStoreException) when (DateTime.UtcNow < deadline)
            {
                // The line is being made anew.
            }
        }
    }
}
