using System.Collections.Concurrent;

namespace OrleansShards.Storage.Sqlite;

/// <summary>One log of the file: its queries, and what is known of it without a query.</summary>
/// <remarks>
/// <para>This process is the only writer (<see cref="DirectoryLock"/>), so that two questions of every linearizable read
/// and of every tailing reader are answered from memory: whether there is a record after the last one, and which
/// checkpoint is the newest. Written by the commit thread only, read by all.</para>
/// <para>A query never leaves a statement on a row: that would keep the WAL from restarting.</para>
/// </remarks>
internal sealed class SqliteLog(long id, LogName name)
{
    private ulong _lastIndex;
    private ulong _checkpointIndex;
    private bool _publishing;

    internal long Id { get; } = id;
    internal LogName Name { get; } = name;
    internal string Records { get; } = SqliteSchema.RecordsOf(id);
    internal string PutSql { get; } = $"insert into {SqliteSchema.RecordsOf(id)} (idx, bytes) values (?1, ?2) on conflict do nothing";

    // Of the ?3 lowest those before which there are less than ?4 bytes.
    internal string DropSql { get; } = $"""
        delete from {SqliteSchema.RecordsOf(id)} where idx in (
            select idx from (
                select idx, sum(size) over (order by idx) - size as before from (
                    select idx, length(bytes) as size from {SqliteSchema.RecordsOf(id)}
                    where idx <= ?1 and idx not in (select value from json_each(?2)) order by idx limit ?3))
            where before < ?4)
        """;

    private string ReadSql { get; } = $"select idx, bytes from {SqliteSchema.RecordsOf(id)} where idx >= ?1 order by idx";
    private string ProbeSql { get; } = $"select 1 from {SqliteSchema.RecordsOf(id)} where idx = ?1";

    /// <summary>The newest published checkpoint's.</summary>
    internal LogIndex CheckpointIndex => new(Volatile.Read(ref _checkpointIndex));

    /// <summary>Whether it is certain that no record is visible from an index on, and then the newest checkpoint's index.</summary>
    internal bool IsPastTheEnd(LogIndex index, out LogIndex checkpoint)
    {
        // In this order: a record that is dropped between the two reads is then covered by the checkpoint.
        var past = index.Value > Volatile.Read(ref _lastIndex) && !Volatile.Read(ref _publishing);
        checkpoint = CheckpointIndex;
        return past;
    }

    /// <summary>Called before the commit of a record: from now on no reader is told from memory that it does not exist.</summary>
    internal void MayGetRecord(LogIndex index)
    {
        // A commit that fails leaves the bound too high, which only costs a query.
        if (index.Value > _lastIndex)
            Volatile.Write(ref _lastIndex, index.Value);
    }

    /// <summary>Called before the commit of a publication: until it is decided, readers query SQLite.</summary>
    internal void MayGetCheckpoint() => Volatile.Write(ref _publishing, true);

    /// <summary>Called after the commit, or after its rollback with the previous index.</summary>
    internal void HasCheckpoint(LogIndex index)
    {
        Volatile.Write(ref _checkpointIndex, index.Value);
        Volatile.Write(ref _publishing, false);
    }

    /// <summary>Records from a number on, as a snapshot, and then the newest checkpoint's index.</summary>
    internal (IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) Read(SqliteConnection connection, LogIndex from, int bytesMax)
    {
        var records = from.Value > LogStoreArgument.IndexMax ? [] : ReadRecords(connection, from, bytesMax);
        var checkpoint = connection.Prepared("select idx from checkpoints where log = ?1").Bind(1, Id);
        return (records, new LogIndex(checkpoint.First(0UL, static row => (ulong)row.Int64(0))));
    }

    internal bool Probe(SqliteConnection connection, LogIndex index) =>
        connection.Prepared(ProbeSql).Bind(1, index.Value).First(false, static _ => true);

    internal ReadOnlyMemory<byte>? ReadManifest(SqliteConnection connection) =>
        connection.Prepared("select manifest from checkpoints where log = ?1").Bind(1, Id)
            .First(null, static row => new ReadOnlyMemory<byte>?(row.Blob(0)));

    internal ReadOnlyMemory<byte>? ReadChunk(SqliteConnection connection, CheckpointId checkpoint, int number) =>
        connection.Prepared("select bytes from chunks where log = ?1 and idx = ?2 and term = ?3 and number = ?4")
            .Bind(1, Id).Bind(2, checkpoint.Index.Value).Bind(3, checkpoint.Term.Value).Bind(4, number)
            .First(null, static row => new ReadOnlyMemory<byte>?(row.Blob(0)));

    internal bool IsInUse(SqliteConnection connection) =>
        CheckpointIndex != LogIndex.None || connection.QueryInt64($"select exists (select 1 from {Records})") == 1;

    private List<StoredRecord> ReadRecords(SqliteConnection connection, LogIndex from, int bytesMax)
    {
        var records = new List<StoredRecord>();
        var row = connection.Prepared(ReadSql).Bind(1, from.Value);
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

/// <summary>The file's logs by name. A log is added after the commit that created it.</summary>
internal sealed class SqliteLogs
{
    private readonly ConcurrentDictionary<LogName, SqliteLog> _byName = new();

    internal SqliteLog? Find(LogName name) => _byName.GetValueOrDefault(name);
    internal void Add(SqliteLog log) => _byName[log.Name] = log;

    /// <summary>The names of all logs that have a record or a published checkpoint.</summary>
    internal IReadOnlyList<LogName> List(SqliteConnection connection) =>
        [.. _byName.Values.Where(log => log.IsInUse(connection)).Select(log => log.Name)
            .OrderBy(name => name.Value, StringComparer.Ordinal)];

    /// <summary>Loads what is kept in memory when the file is opened.</summary>
    internal void Load(SqliteConnection connection)
    {
        using var logs = connection.Prepare("select id, name from logs");
        while (logs.Step())
            Add(new SqliteLog(logs.Int64(0), new LogName(logs.Text(1))));

        foreach (var log in _byName.Values)
            log.MayGetRecord(new LogIndex((ulong)connection.QueryInt64($"select max(idx) from {log.Records}")));

        var byId = _byName.Values.ToDictionary(log => log.Id);
        using var checkpoints = connection.Prepare("select log, idx from checkpoints");
        while (checkpoints.Step())
            byId[checkpoints.Int64(0)].HasCheckpoint(new LogIndex((ulong)checkpoints.Int64(1)));
    }
}
