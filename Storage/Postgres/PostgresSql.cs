using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>The statements, with the schema's name. All find their rows by a primary key.</summary>
/// <remarks>Writes name a log by its number, which the session has looked up; reads by its name: they need no cached number.</remarks>
internal sealed class PostgresSql(string schema)
{
    internal string Schema { get; } = schema;
    internal string FindLogs { get; } = $"select name, id from {schema}.logs where name = any ($1)";
    internal string CreateLogs { get; } = $"insert into {schema}.logs (name) select * from unnest($1::text[]) on conflict do nothing";

    /// <summary>Takes logs, numbers and records; returns those that were stored.</summary>
    internal string Put { get; } = $"""
        insert into {schema}.records (log, idx, bytes)
        select * from unnest($1::bigint[], $2::bigint[], $3::bytea[])
        on conflict do nothing returning log, idx
        """;

    /// <summary>Changes one row if it is the newest, else none.</summary>
    internal string Publish { get; } = $"""
        insert into {schema}.checkpoints as newest (log, idx, term, manifest) values ($1, $2, $3, $4)
        on conflict (log) do update set idx = excluded.idx, term = excluded.term, manifest = excluded.manifest
        where newest.idx < excluded.idx
        """;

    internal string PutChunk { get; } = $"""
        insert into {schema}.chunks (log, idx, term, number, bytes) values ($1, $2, $3, $4, $5)
        on conflict (log, idx, term, number) do update set bytes = excluded.bytes
        """;

    /// <summary>Deletes the lowest records up to a number, except those in a list; locks them in rising order.</summary>
    internal string Drop { get; } = $"""
        delete from {schema}.records where ctid = any (array(
            select ctid from {schema}.records where log = $1 and idx <= $2 and idx <> all ($3)
            order by idx limit $4 for update))
        """;

    internal string DropChunks { get; } = $"""
        delete from {schema}.chunks where ctid = any (array(
            select ctid from {schema}.chunks where log = $1 and idx < $2
            order by idx, term, number limit $3 for update))
        """;

    /// <summary>
    /// Returns the newest checkpoint's number, and the records after a number up to a size, at least one. It walks from record
    /// to record, so that it reads no more than it returns; one statement sees one snapshot.
    /// </summary>
    internal string Read { get; } = $"""
        with recursive log as materialized (select {LogByName(schema)} as id),
        walk (idx, total) as (
            (select idx, octet_length(bytes)::bigint from {schema}.records
             where log = (select id from log) and idx > $2 order by idx limit 1)
            union all
            select next.idx, walk.total + next.length from walk cross join lateral (
                select idx, octet_length(bytes) as length from {schema}.records
                where log = (select id from log) and idx > walk.idx order by idx limit 1) as next
            where walk.total + next.length <= $3)
        select coalesce((select idx from {schema}.checkpoints where log = (select id from log)), 0), walk.idx,
            (select bytes from {schema}.records where log = (select id from log) and idx = walk.idx)
        from (select 1) as once left join walk on true
        """;

    internal string Probe { get; } = $"select exists (select from {schema}.records where log = {LogByName(schema)} and idx = $2)";
    internal string ReadManifest { get; } = $"select manifest from {schema}.checkpoints where log = {LogByName(schema)}";

    internal string ReadChunk { get; } =
        $"select bytes from {schema}.chunks where log = {LogByName(schema)} and idx = $2 and term = $3 and number = $4";

    internal string List { get; } = $"""
        select name from {schema}.logs as log
        where exists (select from {schema}.records where log = log.id)
            or exists (select from {schema}.checkpoints where log = log.id)
        """;

    internal static NpgsqlParameter Value<TValue>(TValue value) => new NpgsqlParameter<TValue> { TypedValue = value };
    internal static NpgsqlParameter Value(ulong value) => Value((long)value);

    internal static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params NpgsqlParameter[] values)
    {
        NpgsqlCommand command = new(sql, connection);
        command.Parameters.AddRange(values);
        return command;
    }

    internal static NpgsqlBatchCommand BatchCommand(string sql, params NpgsqlParameter[] values)
    {
        NpgsqlBatchCommand command = new(sql);
        command.Parameters.AddRange(values);
        return command;
    }

    private static string LogByName(string schema) => $"(select id from {schema}.logs where name = $1)";
}
