using Npgsql;
using static OrleansShards.Storage.Postgres.PostgresSql;

namespace OrleansShards.Storage.Postgres;

/// <summary>The reads: each is one statement, and so sees one snapshot.</summary>
internal sealed class PostgresQuery(PostgresSql sql)
{
    /// <summary>Records from a number on, and the newest checkpoint's index.</summary>
    internal async Task<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        NpgsqlConnection connection, LogName log, LogIndex from, int bytesMax)
    {
        // "After" instead of "from", so that a number beyond the last possible one needs no special case.
        var after = from.Value == 0 ? 0 : (long)Math.Min(from.Value - 1, LogStoreArgument.IndexMax);
        await using var command = Command(connection, sql.Read, Value(log.Value), Value(after), Value((long)bytesMax));
        await using var reader = await command.ExecuteReaderAsync();
        var records = new List<StoredRecord>();
        var checkpoint = LogIndex.None;
        while (await reader.ReadAsync())
        {
            checkpoint = IndexAt(reader, 0);
            if (!reader.IsDBNull(1))
                records.Add(new StoredRecord(IndexAt(reader, 1), reader.GetFieldValue<byte[]>(2)));
        }

        return (records, checkpoint);
    }

    internal async Task<bool> ProbeAsync(NpgsqlConnection connection, LogName log, LogIndex index)
    {
        await using var command = Command(connection, sql.Probe, Value(log.Value), Value(index.Value));
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    internal async Task<ReadOnlyMemory<byte>?> ReadManifestAsync(NpgsqlConnection connection, LogName log)
    {
        await using var command = Command(connection, sql.ReadManifest, Value(log.Value));
        return BytesOrNull(await command.ExecuteScalarAsync());
    }

    internal async Task<ReadOnlyMemory<byte>?> ReadChunkAsync(NpgsqlConnection connection, LogName log, CheckpointId checkpoint, int number)
    {
        var (index, term) = (Value(checkpoint.Index.Value), Value(checkpoint.Term.Value));
        await using var command = Command(connection, sql.ReadChunk, Value(log.Value), index, term, Value(number));
        return BytesOrNull(await command.ExecuteScalarAsync());
    }

    internal async Task<IReadOnlyList<LogName>> ListAsync(NpgsqlConnection connection)
    {
        await using var command = Command(connection, sql.List);
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync())
            names.Add(reader.GetString(0));

        // The server's order is that of UTF-8's bytes, which is not ordinal for every character.
        return [.. names.Order(StringComparer.Ordinal).Select(name => new LogName(name))];
    }

    private static LogIndex IndexAt(NpgsqlDataReader row, int column) => new((ulong)row.GetInt64(column));

    // Not "? bytes : null": null converts to an empty memory.
    private static ReadOnlyMemory<byte>? BytesOrNull(object? found) => found is byte[] bytes ? new ReadOnlyMemory<byte>?(bytes) : null;
}
