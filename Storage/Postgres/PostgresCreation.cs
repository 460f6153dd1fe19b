using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>Creates a schema and what is in it, where it is missing. Nothing is ever created elsewhere.</summary>
internal static class PostgresCreation
{
    // How long one opener waits for another one that creates the same. Creating takes a fraction of a second.
    private const int WaitSeconds = 30;

    /// <summary>Creates all in one transaction, so that no session ever sees a part; one opener at a time, the others find it.</summary>
    /// <param name="connection">Of <see cref="PostgresSources"/>: unqualified names mean the schema.</param>
    /// <param name="schema">Created only if there is none: an operator may have made it for a user that may create none.</param>
    /// <param name="lockClass">The first half of the advisory lock; the hash of the schema's name is the second.</param>
    /// <param name="lastTable">A table that exists once all scripts have run.</param>
    /// <param name="scripts">What creates the tables, in order.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left of it.</param>
    internal static async Task EnsureAsync(
        NpgsqlConnection connection, string schema, int lockClass, string lastTable, IReadOnlyList<string> scripts,
        CancellationToken cancellationToken)
    {
        if (await HasTableAsync(connection, schema, lastTable, cancellationToken))
            return;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, LockSql(lockClass, schema), cancellationToken);
        if (!await HasTableAsync(connection, schema, lastTable, cancellationToken))
        {
            // "if not exists" would require the right to create schemas even if an operator has created this one.
            if (!await HasAsync(connection, $"pg_namespace where nspname = '{schema}'", cancellationToken))
                await RunAsync(connection, $"create schema {schema}", cancellationToken);

            foreach (var script in scripts)
                await RunAsync(connection, script, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static string LockSql(int lockClass, string schema) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        set local lock_timeout = '{WaitSeconds}s'; set local statement_timeout = '{WaitSeconds}s';
        select pg_advisory_xact_lock({lockClass}, hashtext('{schema}'))
        """);

    private static Task<bool> HasTableAsync(
        NpgsqlConnection connection, string schema, string table, CancellationToken cancellationToken) =>
        HasAsync(connection, $"pg_tables where schemaname = '{schema}' and tablename = '{table}'", cancellationToken);

    // Queries the catalogue's tables: to_regclass answers from the session's cache, which does not show what another session
    // created while this one waited for the lock.
    private static async Task<bool> HasAsync(NpgsqlConnection connection, string found, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select exists (select from {found})", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // The server's own limit expires first.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = WaitSeconds + 1 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
