using System.Data.Common;
using System.Diagnostics;
using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// Opens connections, sets each one up, and checks its server: it may have been replaced, or have other settings now. Whatever uses the
/// database is opened here, the logs and the silos' membership, so that what suits one suits the other.
/// </summary>
/// <remarks>
/// A setting is a statement of the new session, never a parameter of its start: a pooler refuses or ignores those that it does not know.
/// Where it ignored <c>search_path</c>, tables without a schema's name were created in <c>public</c>.
/// </remarks>
internal sealed class PostgresSources : IAsyncDisposable
{
    /// <summary>The oldest version that PostgreSQL still maintains; the tests run on 15.</summary>
    private const int ServerVersionMin = 130000;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    private readonly PostgresLogStoreOptions _options;
    private readonly Lock _reporting = new();
    private readonly Dictionary<string, long> _reported = new(StringComparer.Ordinal);

    internal PostgresSources(PostgresLogStoreOptions options)
    {
        _options = options;
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        var database = settings.Database ?? settings.Username;
        Place = string.Create(
            CultureInfo.InvariantCulture,
            $"PostgreSQL at {settings.Host}:{settings.Port}, database '{database}', schema '{options.SchemaName}'");
        Readers = Build(pooling: true);
        Writers = Build(pooling: false);
    }

    /// <summary>The server, the database and the schema, for texts. Without a password.</summary>
    internal string Place { get; }

    /// <summary>Reports a failure to the operator, unless one that callers were told of in the same words was reported in the last ten
    /// seconds.</summary>
    /// <returns>The text for callers, which does not say where the server is.</returns>
    internal string Report(Exception exception)
    {
        var answer = PostgresFailure.AnswerFor(Place, exception);
        lock (_reporting)
        {
            // Only the answer can be compared: the server's own text may name another file each time.
            if (!_reported.TryGetValue(answer, out var at) || Stopwatch.GetElapsedTime(at) > ReportInterval)
            {
                _reported[answer] = Stopwatch.GetTimestamp();
                _options.OnFailure?.Invoke(PostgresFailure.TextFor(Place, exception));
            }
        }

        return answer;
    }

    internal NpgsqlDataSource Readers { get; }

    /// <summary>Not pooled.</summary>
    internal NpgsqlDataSource Writers { get; }

    public async ValueTask DisposeAsync()
    {
        await Readers.DisposeAsync();
        await Writers.DisposeAsync();
    }

    private NpgsqlDataSource Build(bool pooling)
    {
        var settings = new NpgsqlConnectionStringBuilder(_options.ConnectionString)
        {
            SearchPath = null,
            Pooling = pooling,
            MinPoolSize = 0,
            MaxPoolSize = _options.ReadConnectionsMax,
            Timeout = _options.CommandTimeoutSeconds,

            // The server's own limit expires first, since its answer leaves no doubt.
            CommandTimeout = _options.CommandTimeoutSeconds + 1,

            // No cancellation is sent: a transaction that is cancelled while it waits for a standby is reported as committed.
            CancellationTimeout = -1,
            NoResetOnClose = true,
            Enlist = false,
            MaxAutoPrepare = 32,
            AutoPrepareMinUsages = 2,
        };
        var given = new DbConnectionStringBuilder { ConnectionString = _options.ConnectionString };
        if (!given.ContainsKey(nameof(settings.ApplicationName)) && !given.ContainsKey("Application Name"))
            settings.ApplicationName = "OrleansShards";

        // Otherwise each connection first looks for a Kerberos library, and complains on stderr if there is none.
        if (!given.ContainsKey(nameof(settings.GssEncryptionMode)) && !given.ContainsKey("GSS Encryption Mode"))
            settings.GssEncryptionMode = GssEncryptionMode.Disable;

        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UsePhysicalConnectionInitializer(Prepare, PrepareAsync);
        return builder.Build();
    }

    // Every statement finds its rows by a primary key, and a new table's missing statistics must not lead to another plan.
    // Compiling a statement (jit) would take longer than running it a thousand times.
    private string SetupSql() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        set search_path = {_options.SchemaName}; set synchronous_commit = on; set default_transaction_read_only = off;
        set default_transaction_isolation = 'read committed'; set plan_cache_mode = force_generic_plan; set jit = off;
        set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off; set enable_mergejoin = off;
        set work_mem = '16MB'; set client_min_messages = warning;
        set statement_timeout = {_options.CommandTimeoutSeconds * 1000}; set lock_timeout = {_options.CommandTimeoutSeconds * 500};
        set idle_in_transaction_session_timeout = {_options.CommandTimeoutSeconds * 1000};
        select current_setting('synchronous_commit'), current_setting('fsync'), pg_is_in_recovery(),
            current_setting('server_encoding'), current_setting('server_version_num')::int
        """);

    private void Prepare(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(SetupSql(), connection);
        using var reader = command.ExecuteReader();
        reader.Read();
        Check(reader);
    }

    private async Task PrepareAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(SetupSql(), connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        Check(reader);
    }

    private void Check(NpgsqlDataReader server)
    {
        var (synchronous, fsync, encoding) = (server.GetString(0), server.GetString(1), server.GetString(3));
        if (synchronous != "on")
            throw Refusal($"synchronous_commit is '{synchronous}' although it was set to 'on'.");

        if (fsync != "on" && !_options.AllowFsyncOff)
        {
            throw Refusal(
                "the server runs with fsync=off, so that a power cut takes back what it has acknowledged. Set fsync=on and "
                + $"reload it (for tests: {nameof(PostgresLogStoreOptions.AllowFsyncOff)}).");
        }

        if (server.GetBoolean(2))
            throw Refusal("the server is a standby and takes no writes: name the one that does.");

        if (encoding != "UTF8")
            throw Refusal($"the database's encoding is {encoding}, expected UTF8: create one with it.");

        if (server.GetInt32(4) < ServerVersionMin)
            throw Refusal($"the server's version is {server.GetInt32(4)}, expected {ServerVersionMin} or later.");
    }

    private LogStoreException Refusal(string text) => new($"{Place}: {text} Nothing was changed.");
}
