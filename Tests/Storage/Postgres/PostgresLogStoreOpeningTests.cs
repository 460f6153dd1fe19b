using Npgsql;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Tests.Storage;

/// <summary>Options, and databases that are not fit.</summary>
public sealed class PostgresLogStoreOpeningTests
{
    private static readonly PostgresLogStoreOptions Fit = new() { ConnectionString = "Host=127.0.0.1;Port=1;Username=u;Password=secret" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Open_SeveralAtOnce_OneSchemaAndAllWork()
    {
        await using var schema = new TestSchema();
        var stores = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(schema.OpenAsync, Stop)));
        for (var number = 0; number < stores.Length; number++)
        {
            await using var store = stores[number];
            var (outcome, _) = await store.PutAsync(LogName.Master, new LogIndex((ulong)number + 1), new byte[1], Stop);
            Assert.Equal(PutOutcome.Stored, outcome);
            Assert.Equal(number + 1, (await store.ReadAsync(LogName.Master, LogIndex.None, 1000, Stop)).Records.Count);
        }

        Assert.Equal(1L, await schema.AskAsync($"select count(*) from {schema.Name}.format"));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(2, "newer")]
    [InlineData(0, "older")]
    public async Task Open_OtherVersion_IsRefused(int version, string release)
    {
        await using var schema = new TestSchema();
        await (await schema.OpenAsync()).DisposeAsync();
        await schema.AskAsync($"update {schema.Name}.format set version = {version}");
        var refusal = await Assert.ThrowsAsync<LogStoreException>(schema.OpenAsync);
        Assert.Contains($"has format version {version}, expected 1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"the {release} release", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Put_VersionRaisedWhileTheConnectionWasLost_IsRefused()
    {
        await using var schema = new TestSchema();
        await using var store = await schema.OpenAsync();
        await schema.AskAsync($"update {schema.Name}.format set version = 2");
        var (outcome, reason) = await store.PutAsync(LogName.Master, new LogIndex(1), new byte[1], Stop);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("has format version 2, expected 1", reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Open_SchemaMadeByAnOperator_IsUsed()
    {
        await using var schema = new TestSchema();
        await schema.AskAsync($"create schema {schema.Name}");
        await (await schema.OpenAsync()).DisposeAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task Open_SchemaOfAnotherApplication_IsRefusedAndLeftAlone()
    {
        await using var schema = new TestSchema();
        await schema.AskAsync($"create schema {schema.Name} create table records (x int)");
        var refusal = await Assert.ThrowsAsync<LogStoreException>(schema.OpenAsync);
        Assert.Contains("choose another schema", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await schema.AskAsync($"select count(*) from pg_tables where schemaname = '{schema.Name}'"));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("Database=no_such_database", "no such database")]
    [InlineData("Username=no_such_user", "refuses this user")]
    [InlineData("Port=1", "cannot be reached")]
    public async Task Open_NotPossible_SaysWhatToDoAndNoPassword(string change, string expected)
    {
        await using var schema = new TestSchema();
        var address = new NpgsqlConnectionStringBuilder(schema.Options.ConnectionString);
        var password = address.Password = "not-this-one";
        var changed = new NpgsqlConnectionStringBuilder(
            (change.StartsWith("Username", StringComparison.Ordinal) ? address.ConnectionString : schema.Options.ConnectionString)
            + ";" + change);
        var options = schema.Options with { ConnectionString = changed.ConnectionString };
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => PostgresLogStore.OpenAsync(options, Stop));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"schema '{schema.Name}'", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(password, refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Sessions_OfReadersAndWriters_AreSynchronous()
    {
        await using var schema = new TestSchema();
        var address = new NpgsqlConnectionStringBuilder(schema.Options.ConnectionString) { Options = "-c synchronous_commit=off" };
        await using var sources = new PostgresSources(schema.Options with { ConnectionString = address.ConnectionString });
        foreach (var source in new[] { sources.Readers, sources.Writers, sources.Readers })
        {
            await using var connection = await source.OpenConnectionAsync(Stop);
            await using var command = new NpgsqlCommand("show synchronous_commit", connection);
            Assert.Equal("on", await command.ExecuteScalarAsync(Stop));
        }
    }

    [Fact]
    public async Task Options_Wrong_AllErrorsAtOnce()
    {
        var options = new PostgresLogStoreOptions
        {
            ConnectionString = "Host=a,b;Multiplexing=true",
            SchemaName = "Drop table",
            CommandTimeoutSeconds = 0,
            ReconnectPauseMs = -1,
            CommitCallsMax = 0,
            CommitMiBMax = 257,
            ReadConnectionsMax = 0,
            QueuedCallsMax = 0,
            QueuedMiBMax = 513,
        };
        Assert.Equal(10, options.Validate().Count);
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => PostgresLogStore.OpenAsync(options, Stop));
        Assert.All(options.Validate(), error => Assert.Contains(error, refusal.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Username=u")]
    [InlineData("Host=a;Nonsense=1;Password=secret")]
    [InlineData("Host=a;Port=x;Password=secret")]
    [InlineData("Host=a;Port")]
    public void ConnectionString_Wrong_IsOneErrorWithoutThePassword(string text)
    {
        var error = Assert.Single((Fit with { ConnectionString = text }).Validate());
        Assert.Contains(nameof(PostgresLogStoreOptions.ConnectionString), error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("orleans_shards", true)]
    [InlineData("_a1", true)]
    [InlineData("pg_a", false)]
    [InlineData("1a", false)]
    [InlineData("a-b", false)]
    [InlineData("a\n", false)]
    [InlineData("", false)]
    public void SchemaName_IsANameThatNeedsNoQuotes(string name, bool isRight) =>
        Assert.Equal(isRight ? 0 : 1, (Fit with { SchemaName = name }).Validate().Count);
}
