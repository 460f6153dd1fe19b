namespace OrleansShards.Storage.Sqlite;

/// <summary>What is read from the file. No statement is left on a row: that would keep the WAL from starting over.</summary>
internal static class SqliteQuery
{
    /// <summary>Records from a number on, as of one moment, and then the newest checkpoint's index.</summary>
    internal static (IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) Read(
        SqliteConnection connection, SqliteLog log, LogIndex from, int bytesMax)
    {
        var records = from.Value > LogStoreArgument.IndexMax ? [] : ReadRecords(connection, log, from, bytesMax);
        var checkpoint = connection.Prepared("select idx from checkpoints where log = ?1").Bind(1, log.Id);
        return (records, new LogIndex(checkpoint.First(0UL, static row => (ulong)row.Int64(0))));
    }

    internal static bool Probe(SqliteConnection connection, SqliteLog log, LogIndex index) =>
        connection.Prepared(log.ProbeSql).Bind(1, index.Value).First(false, static _ => true);

    internal static ReadOnlyMemory<byte>? ReadManifest(SqliteConnection connection, SqliteLog log) =>
        connection.Prepared("select manifest from checkpoints where log = ?1").Bind(1, log.Id)
            .First(null, static row => new ReadOnlyMemory<byte>?(row.Blob(0)));

    internal static ReadOnlyMemory<byte>? ReadChunk(
        SqliteConnection connection, SqliteLog log, CheckpointId checkpoint, int number) =>
        connection.Prepared("select bytes from chunks where log = ?1 and idx = ?2 and term = ?3 and number = ?4")
            .Bind(1, log.Id).Bind(2, checkpoint.Index.Value).Bind(3, checkpoint.Term.Value).Bind(4, number)
            .First(null, static row => new ReadOnlyMemory<byte>?(row.Blob(0)));

    internal static IReadOnlyList<LogName> List(SqliteConnection connection, SqliteLogs logs) =>
    [
        .. logs.All
            .Where(log => log.CheckpointIndex != LogIndex.None
                || connection.QueryInt64($"select exists (select 1 from {log.Records})") == 1)
            .Select(log => log.Name)
            .OrderBy(name => name.Value, StringComparer.Ordinal),
    ];

    private static List<StoredRecord> ReadRecords(SqliteConnection connection, SqliteLog log, LogIndex from, int bytesMax)
    {
        var records = new List<StoredRecord>();
        var row = connection.Prepared(log.ReadSql).Bind(1, from.Value);
        try
        {
            for (long bytes = 0; row.Step();)
            {
                bytes += row.BlobLength(1);
                if (bytes > bytesMax && records.Count > 0)
                    break;

                records.Add(new StoredRecord(new LogIndex((ulong)row.Int64(0)), row.Blob(1)));
            }
        }
        finally
        {
            row.Reset();
        }

        return records;
    }
}
