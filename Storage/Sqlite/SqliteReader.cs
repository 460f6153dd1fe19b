using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// The thread that reads, on a connection of its own: in WAL mode it never waits for the writer, and a long replay never
/// holds up a commit. Each read begins after it was asked, and so sees every commit that was answered before.
/// </summary>
internal sealed class SqliteReader(
    SqliteLogStoreOptions options, SqliteConnection connection, SqliteLogs logs, StoreHealth health,
    CallQueue<ISqliteRead> queue)
{
    /// <summary>Serves until the queue is closed and empty, then closes the connection.</summary>
    internal void Serve()
    {
        while (queue.Wait())
        {
            foreach (var (read, _) in queue.Take())
            {
                Execute(read);
            }
        }

        foreach (var log in logs.All)
        {
            log.ReadStatement?.Dispose();
        }

        connection.Dispose();
    }

    /// <summary>Records from a number on, and the newest checkpoint as the same transaction sees it.</summary>
    internal static (IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) Read(
        SqliteConnection connection, SqliteLog log, LogIndex from, int bytesMax)
    {
        connection.Run("begin");
        try
        {
            var records = ReadRecords(connection, log, from, bytesMax);
            using var checkpoint = connection.Prepare("select idx from checkpoints where log = ?1");
            checkpoint.Bind(1, log.Id);
            return (records, new LogIndex(checkpoint.Step() ? (ulong)checkpoint.Int64(0) : 0));
        }
        finally
        {
            connection.Run("commit");
        }
    }

    internal static bool Probe(SqliteConnection connection, SqliteLog log, LogIndex index)
    {
        using var probe = connection.Prepare($"select 1 from {log.Records} where idx = ?1");
        return probe.Bind(1, index.Value).Step();
    }

    internal static ReadOnlyMemory<byte>? ReadManifest(SqliteConnection connection, SqliteLog log)
    {
        using var manifest = connection.Prepare("select manifest from checkpoints where log = ?1");
        return manifest.Bind(1, log.Id).Step() ? new ReadOnlyMemory<byte>?(manifest.Blob(0)) : null;
    }

    internal static ReadOnlyMemory<byte>? ReadChunk(
        SqliteConnection connection, SqliteLog log, CheckpointId checkpoint, int number)
    {
        using var chunk = connection.Prepare(
            "select bytes from chunks where log = ?1 and idx = ?2 and term = ?3 and number = ?4");
        chunk.Bind(1, log.Id).Bind(2, checkpoint.Index.Value).Bind(3, checkpoint.Term.Value).Bind(4, number);
        return chunk.Step() ? new ReadOnlyMemory<byte>?(chunk.Blob(0)) : null;
    }

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
        if (from.Value > LogStoreArgument.IndexMax)
        {
            return records;
        }

        log.ReadStatement ??= connection.Prepare($"select idx, bytes from {log.Records} where idx >= ?1 order by idx");
        log.ReadStatement.Bind(1, from.Value);
        for (long bytes = 0; log.ReadStatement.Step();)
        {
            bytes += log.ReadStatement.BlobLength(1);
            if (bytes > bytesMax && records.Count > 0)
            {
                break;
            }

            records.Add(new StoredRecord(new LogIndex((ulong)log.ReadStatement.Int64(0)), log.ReadStatement.Blob(1)));
        }

        log.ReadStatement.Reset();
        return records;
    }

    private void Execute(ISqliteRead read)
    {
        if (health.Broken is { } text)
        {
            read.Fail(text);
            return;
        }

        try
        {
            read.Execute(connection);
        }
        catch (Exception exception)
        {
            read.Fail(exception is SqliteFailureException failure
                ? failure.TextFor(options.DatabasePath)
                : $"Reading '{options.DatabasePath}' met what should not be possible, please report it: {exception}");
        }
    }
}
