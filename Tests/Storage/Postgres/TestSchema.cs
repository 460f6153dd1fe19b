using Npgsql;
using OrleansShards.Storage.Postgres;

namespace OrleansShards.Tests.Storage;

/// <summary>A schema that goes with the test, on the server that the test run has.</summary>
internal sealed class TestSchema : IAsyncDisposable
{
    /// <summary>A connection string. <c>test.sh</c> sets it.</summary>
    internal const string AddressVariable = "ORLEANS_SHARDS_POSTGRES";

    /// <summary>Why there is none, where <c>test.sh</c> has tried.</summary>
    internal const string WhyNotVariable = "ORLEANS_SHARDS_POSTGRES_WHY_NOT";

    private readonly string _address;

    /// <summary>Skips the test where there is no server.</summary>
    internal TestSchema()
    {
        var address = Environment.GetEnvironmentVariable(AddressVariable);
        Assert.SkipWhen(
            string.IsNullOrEmpty(address),
            Environment.GetEnvironmentVariable(WhyNotVariable) ?? $"{AddressVariable} names no PostgreSQL server; ./test.sh starts one");
        _address = address!;
    }

    /// <summary>On a server of the test's own.</summary>
    internal TestSchema(string address) => _address = address;

    internal string Name { get; } = $"test_{Guid.NewGuid():N}";

    /// <summary>A test that shares two cores with all others waits longer than a user would.</summary>
    internal PostgresLogStoreOptions Options => new()
    {
        ConnectionString = _address,
        SchemaName = Name,
        CommandTimeoutSeconds = 30,
        ReconnectPauseMs = 0,
    };

    internal Task<PostgresLogStore> OpenAsync() => PostgresLogStore.OpenAsync(Options, TestContext.Current.CancellationToken);

    internal async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(_address + ";Pooling=false;GSS Encryption Mode=Disable");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>The first column of the first row.</summary>
    internal async Task<object?> AskAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Asks until the answer is yes; a time-out says what was waited for.</summary>
    internal async Task UntilAsync(string sql)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (await AskAsync($"select {sql}") is not true)
            Assert.True(DateTime.UtcNow < deadline, $"not true within 60 s: {sql}");
    }

    public async ValueTask DisposeAsync() => await AskAsync($"drop schema if exists {Name} cascade");
}
