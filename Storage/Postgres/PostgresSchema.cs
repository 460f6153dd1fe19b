using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// The database's tables. One table holds all logs' records, by log and number: a put appends to the heap, and to the end of its log's part
/// of the index. Tables per log would have to be created, each with its own plans, and the puts of several logs could not be one statement.
/// </summary>
internal static class PostgresSchema
{
    /// <summary>Rises with every change of the tables.</summary>
    internal const int Version = 1;

    // "OSHL": the first half of the lock under which a schema is created; the hash of its name is the second.
    private const int LockClass = 0x4F53484C;

    /// <summary>Creates the tables if they are missing; refuses those of another version without changing them.</summary>
    internal static async Task EnsureAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await PostgresCreation.EnsureAsync(connection, schema, LockClass, "format", [Tables(schema)], cancellationToken);
        await using var command = new NpgsqlCommand(FindVersion(schema), connection);
        Check(schema, (int)(await command.ExecuteScalarAsync(cancellationToken) ?? 0));
    }

    /// <summary>Repeats the check for a new connection: the server may have been replaced meanwhile.</summary>
    internal static void Check(NpgsqlConnection connection, string schema)
    {
        using var command = new NpgsqlCommand(FindVersion(schema), connection);
        Check(schema, (int)(command.ExecuteScalar() ?? 0));
    }

    private static void Check(string schema, int version)
    {
        if (version != Version)
        {
            throw new LogStoreException(
                $"The schema '{schema}' has format version {version}, expected {Version}. Nothing was changed. Open it with the "
                + $"{(version > Version ? "newer" : "older")} release that wrote it, or choose another schema.");
        }
    }

    private static string FindVersion(string schema) => $"select version from {schema}.format";

    // Records and chunks do not compress. The space of dropped rows is reused only if the table is vacuumed often. Truncating a
    // table's end takes a lock that blocks every put.
    private static string Tables(string schema) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        create table {schema}.logs (id bigint generated always as identity primary key, name text collate "C" not null unique);
        create table {schema}.records (
            log bigint not null, idx bigint not null, bytes bytea not null, primary key (log, idx))
            with (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = false, toast.vacuum_truncate = false);
        create table {schema}.checkpoints (
            log bigint primary key, idx bigint not null, term bigint not null, manifest bytea not null);
        create table {schema}.chunks (
            log bigint not null, idx bigint not null, term bigint not null, number integer not null, bytes bytea not null,
            primary key (log, idx, term, number))
            with (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = false, toast.vacuum_truncate = false);
        alter table {schema}.records alter column bytes set storage external;
        alter table {schema}.chunks alter column bytes set storage external;
        create table {schema}.format (
            one boolean primary key default true check (one), version integer not null,
            created timestamptz not null default now());
        insert into {schema}.format (version) values ({Version});
        """);
}
