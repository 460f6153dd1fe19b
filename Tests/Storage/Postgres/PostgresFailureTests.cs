using System.Collections.Concurrent;
using System.Net.Sockets;
using Npgsql;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Tests.Storage;

/// <summary>Those who call keys are not told where they are kept; the operator is.</summary>
public sealed class PostgresFailureTests
{
    private const string Place = "PostgreSQL at db7.internal:5432, database 'orders', schema 's'";

    private static readonly string[] Secrets = ["db7", "5432", "orders", "app_user", "10.1.2.3"];

    [Fact]
    public void Answer_EachFailure_NamesNoHostAndTheReportDoes()
    {
        Exception[] failures =
        [
            new NpgsqlException(
                "Failed to connect to 10.1.2.3:5432", new SocketException((int)SocketError.ConnectionRefused, "10.1.2.3:5432")),
            new NpgsqlException("Failed to connect to 10.1.2.3:5432", new TimeoutException("10.1.2.3:5432")),
            new NpgsqlException("Exception while reading from 10.1.2.3:5432", new IOException("10.1.2.3:5432")),
            new NpgsqlException("No password has been provided for app_user at db7"),
            new PostgresException("no pg_hba.conf entry for host \"10.1.2.3\", user \"app_user\"", "FATAL", "FATAL", "28000"),
            new PostgresException("database \"orders\" does not exist", "FATAL", "FATAL", "3D000"),
            new PostgresException("out of memory at db7", "ERROR", "ERROR", "53200"),
            new LogStoreException($"{Place}: the server is a standby."),
            new InvalidOperationException("db7"),
        ];
        foreach (Exception failure in failures)
        {
            string answer = PostgresFailure.AnswerFor(Place, failure);
            Assert.StartsWith("PostgreSQL: ", answer, StringComparison.Ordinal);
            Assert.DoesNotContain(Secrets, secret => answer.Contains(secret, StringComparison.Ordinal));
            Assert.StartsWith(Place, PostgresFailure.TextFor(Place, failure), StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Store_ServerIsGone_AnswersNameNoHostAndTheReportDoes()
    {
        await using var schema = new TestSchema();
        var server = new NpgsqlConnectionStringBuilder(schema.Options.ConnectionString);
        var (host, port) = (server.Host!, server.Port);
        using TestProxy proxy = new(host, port);
        (server.Host, server.Port) = ("localhost", proxy.Port);
        ConcurrentQueue<string> reported = [];
        var options = schema.Options with { ConnectionString = server.ConnectionString, OnFailure = reported.Enqueue };
        await using var store = await PostgresLogStore.OpenAsync(options, TestContext.Current.CancellationToken);
        proxy.Dispose();

        var (outcome, reason) = await store.PutAsync(LogName.Master, new LogIndex(1), new byte[1], TestContext.Current.CancellationToken);
        Assert.NotEqual(PutOutcome.Stored, outcome);
        Assert.StartsWith("PostgreSQL: the server cannot be reached", reason, StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<LogStoreException>(async () =>
            await store.ReadAsync(LogName.Master, LogIndex.None, 1, TestContext.Current.CancellationToken));
        foreach (var secret in new[] { "localhost", "127.0.0.1", $"{proxy.Port}" })
            Assert.DoesNotContain(secret, reason + refusal.Message, StringComparison.Ordinal);

        Assert.Contains(reported, text => text.StartsWith($"PostgreSQL at localhost:{proxy.Port}, database", StringComparison.Ordinal));
    }

    /// <summary>Npgsql closes the connection after a failure of this kind, and the server has rolled back.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Put_ServersDiskIsFull_EachIsRefusedForCertainAndTheOperatorIsToldOnce()
    {
        await using var schema = new TestSchema();
        ConcurrentQueue<string> reported = [];
        await using var store = await PostgresLogStore.OpenAsync(
            schema.Options with { OnFailure = reported.Enqueue }, TestContext.Current.CancellationToken);
        string name = schema.Options.SchemaName;
        await schema.AskAsync(
            $"""
            create sequence {name}.refused;
            create function {name}.full_disk() returns trigger language plpgsql as
                $$ begin raise exception 'could not extend file "base/5/%"', nextval('{name}.refused') using errcode = '53100'; end $$;
            create trigger full_disk before insert on {name}.records execute function {name}.full_disk()
            """);

        for (int put = 0; put < 4; put++)
        {
            var (outcome, reason) = await PutAsync();
            Assert.Equal(PutOutcome.NotStored, outcome);
            Assert.StartsWith("PostgreSQL: the server's disk is full", reason, StringComparison.Ordinal);
        }

        Assert.Single(reported);
        await schema.AskAsync($"drop trigger full_disk on {name}.records");
        Assert.Equal(PutOutcome.Stored, (await PutAsync()).Outcome);

        async Task<(PutOutcome Outcome, string? Reason)> PutAsync() =>
            await store.PutAsync(LogName.Master, new LogIndex(1), new byte[1], TestContext.Current.CancellationToken);
    }
}
