using System.Collections.Concurrent;

namespace OrleansShards.Storage.Sqlite;

/// <summary>One log of the file: its queries, and what is known of it without a query.</summary>
/// <remarks>
/// <para>This process is the only writer (<see cref="DirectoryLock"/>), so that what every linearizable read and every tailing reader asks
/// is answered from memory: whether there is a record after the last one, those that the journal holds, and which checkpoint is the newest.
/// Written by the commit thread only, read by all.</para>
/// <para>A query never leaves a statement on a row: that would keep the WAL from restarting.</para>
/// </remarks>
internal sealed class SqliteLog(long id, LogName name)
{
    private readonly Lock _lock = new();

    // Under the lock. Records that are committed in the journal, and in no table yet.
    private readonly Dictionary<ulong, ReadOnlyMemory<byte>> _journaled = [];
    private ulong _visible;
    private ulong _lastInTable;
    private ulong _checkpointIndex;
    private bool _publishing;

    // The commit thread's.
    private ulong _lastPut;

    internal long Id { get; } = id;
    internal LogName Name { get; } = name;
    internal string Records { get; } = SqliteSchema.RecordsOf(id);

    // Of the ?3 lowest those before which there are less than ?4 bytes.
    internal string DropSql { get; } = $"""
        delete from {SqliteSchema.RecordsOf(id)} where idx in (
            select idx from (
                select idx, sum(size) over (order by idx) - size as before from (
                    select idx, length(bytes) as size from {SqliteSchema.RecordsOf(id)}
                    where idx <= ?1 and idx not in (select value from json_each(?2)) order by idx limit ?3))
            where before < ?4)
        """;

    private string PutSql { get; } = $"insert into {SqliteSchema.RecordsOf(id)} (idx, bytes) values (?1, ?2) on conflict do nothing";
    private string ReadSql { get; } = $"select idx, bytes from {SqliteSchema.RecordsOf(id)} where idx between ?1 and ?2 order by idx";
    private string ProbeSql { get; } = $"select 1 from {SqliteSchema.RecordsOf(id)} where idx = ?1";

    /// <summary>The newest published checkpoint's.</summary>
    internal LogIndex CheckpointIndex
    {
        get
        {
            lock (_lock)
                return new(_checkpointIndex);
        }
    }

    /// <summary>Reads from memory, if the table has nothing to add and no publication is undecided.</summary>
    internal bool TryRead(LogIndex from, int bytesMax, out (IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) result)
    {
        lock (_lock)
        {
            if (_publishing || (from.Value <= _lastInTable && from.Value <= _visible))
            {
                result = default;
                return false;
            }

            result = (from.Value > _visible ? [] : Limited(JournaledFrom(from), bytesMax), new(_checkpointIndex));
            return true;
        }
    }

    /// <summary>Whether the record exists, if that is known without a query.</summary>
    internal bool? TryProbe(LogIndex index)
    {
        lock (_lock)
            return _journaled.ContainsKey(index.Value) ? true : index.Value > _visible || index.Value > _lastInTable ? false : null;
    }

    /// <summary>Whether the journal has a record up to a number.</summary>
    internal bool HasJournaled(long upTo)
    {
        lock (_lock)
            return _journaled.Keys.Any(index => index <= (ulong)upTo);
    }

    /// <summary>Called by a transaction that stores a record, before anything else: whether there is one already.</summary>
    internal bool IsOccupied(SqliteConnection connection, LogIndex index, bool isAddedMeanwhile)
    {
        // A commit that fails leaves the bound too high, which only costs a query.
        if (index.Value > _lastPut)
        {
            _lastPut = index.Value;
            return false;
        }

        return isAddedMeanwhile || (TryProbe(index) ?? false) || IsInTable(connection, index);
    }

    /// <summary>Inserts into the table, and does nothing where there is that record already.</summary>
    internal void Insert(SqliteConnection connection, LogIndex index, ReadOnlySpan<byte> record)
    {
        lock (_lock)
            _lastInTable = Math.Max(_lastInTable, index.Value);

        connection.Prepared(PutSql).Bind(1, index.Value).Bind(2, record).Run();
    }

    /// <summary>The record is durable in the table: readers see it.</summary>
    internal void OnInserted(LogIndex index)
    {
        lock (_lock)
            _visible = Math.Max(_visible, index.Value);
    }

    /// <summary>The record is durable in the journal: readers see it.</summary>
    internal void OnJournaled(LogIndex index, ReadOnlyMemory<byte> record)
    {
        lock (_lock)
        {
            _journaled[index.Value] = record;
            _visible = Math.Max(_visible, index.Value);
        }

        _lastPut = Math.Max(_lastPut, index.Value);
    }

    /// <summary>The record is durable in the table, and no longer in the journal.</summary>
    internal void OnSettled(LogIndex index)
    {
        lock (_lock)
            _journaled.Remove(index.Value);
    }

    /// <summary>Called before the commit of a publication: until it is decided, readers query SQLite.</summary>
    internal void MayGetCheckpoint()
    {
        lock (_lock)
            _publishing = true;
    }

    /// <summary>Called after the commit, or after its rollback with the previous index.</summary>
    internal void HasCheckpoint(LogIndex index)
    {
        lock (_lock)
            (_checkpointIndex, _publishing) = (index.Value, false);
    }

    /// <summary>Called when the file is opened, before anything else.</summary>
    internal void Load(SqliteConnection connection)
    {
        _visible = _lastInTable = _lastPut = (ulong)connection.QueryInt64($"select max(idx) from {Records}");
    }

    /// <summary>Records from a number on, as a snapshot, and then the newest checkpoint's index.</summary>
    internal (IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex) Read(SqliteConnection connection, LogIndex from, int bytesMax)
    {
        var records = from.Value > LogStoreArgument.IndexMax ? [] : ReadRecords(connection, from, bytesMax);
        var checkpoint = connection.Prepared("select idx from checkpoints where log = ?1").Bind(1, Id);
        return (records, new LogIndex(checkpoint.First(0UL, static row => (ulong)row.Int64(0))));
    }

    internal bool Probe(SqliteConnection connection, LogIndex index) => TryProbe(index) ?? IsInTable(connection, index);

    internal ReadOnlyMemory<byte>? ReadManifest(SqliteConnection connection) =>
        connection.Prepared("select manifest from checkpoints where log = ?1").Bind(1, Id)
            .First(null, static row => new ReadOnlyMemory<byte>?(row.Blob(0)));

    internal ReadOnlyMemory<byte>? ReadChunk(SqliteConnection connection, CheckpointId checkpoint, int number) =>
        connection.Prepared("select bytes from chunks where log = ?1 and idx = ?2 and term = ?3 and number = ?4")
            .Bind(1, Id).Bind(2, checkpoint.Index.Value).Bind(3, checkpoint.Term.Value).Bind(4, number)
            .First(null, static row => new ReadOnlyMemory<byte>?(row.Blob(0)));

    internal bool IsInUse(SqliteConnection connection) =>
        CheckpointIndex != LogIndex.None || HasJournaled(long.MaxValue)
        || connection.QueryInt64($"select exists (select 1 from {Records})") == 1;

    private bool IsInTable(SqliteConnection connection, LogIndex index) =>
        connection.Prepared(ProbeSql).Bind(1, index.Value).First(false, static _ => true);

    // 1. What is visible, and the journal's. 2. The table's, with all that were settled before the first step. A record may be in both. One
    // that was stored after the first step is not read, even if the table has it: an earlier one could be in the journal by then.
    private List<StoredRecord> ReadRecords(SqliteConnection connection, LogIndex from, int bytesMax)
    {
        List<StoredRecord> journaled;
        ulong visible;
        lock (_lock)
            (journaled, visible) = (JournaledFrom(from), _visible);

        return Limited(Merged(InTable(connection, from, visible), journaled), bytesMax);
    }

    private IEnumerable<StoredRecord> InTable(SqliteConnection connection, LogIndex from, ulong upTo)
    {
        var row = connection.Prepared(ReadSql).Bind(1, from.Value).Bind(2, upTo);
        try
        {
            while (row.Step())
                yield return new StoredRecord(new LogIndex((ulong)row.Int64(0)), row.Blob(1));
        }
        finally
        {
            row.Reset();
        }
    }

    private List<StoredRecord> JournaledFrom(LogIndex from) =>
        [.. _journaled.Where(record => record.Key >= from.Value).OrderBy(record => record.Key)
            .Select(record => new StoredRecord(new LogIndex(record.Key), record.Value))];

    /// <summary>Both in rising order, each record once.</summary>
    private static IEnumerable<StoredRecord> Merged(IEnumerable<StoredRecord> table, List<StoredRecord> journaled)
    {
        var next = 0;
        foreach (var record in table)
        {
            for (; next < journaled.Count && journaled[next].Index <= record.Index; next++)
            {
                if (journaled[next].Index < record.Index)
                    yield return journaled[next];
            }

            yield return record;
        }

        foreach (var record in journaled.Skip(next))
            yield return record;
    }

    /// <summary>The first of them that have so many bytes together; at least one.</summary>
    private static List<StoredRecord> Limited(IEnumerable<StoredRecord> records, int bytesMax)
    {
        List<StoredRecord> taken = [];
        long bytes = 0;
        foreach (var record in records)
        {
            bytes += record.Bytes.Length;
            if (bytes > bytesMax && taken.Count > 0)
                break;

            taken.Add(record);
        }

        return taken;
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
    internal void Load(SqliteConnection connection, SqliteJournal journal)
    {
        using var logs = connection.Prepare("select id, name from logs");
        while (logs.Step())
            Add(new SqliteLog(logs.Int64(0), new LogName(logs.Text(1))));

        foreach (var log in _byName.Values)
            log.Load(connection);

        var byId = _byName.Values.ToDictionary(log => log.Id);
        journal.Load(connection, byId);
        using var checkpoints = connection.Prepare("select log, idx from checkpoints");
        while (checkpoints.Step())
        {
            var log = byId.GetValueOrDefault(checkpoints.Int64(0))
                ?? throw new SqliteFailureException(SQLitePCL.raw.SQLITE_CORRUPT, "a checkpoint's log is missing");
            log.HasCheckpoint(new LogIndex((ulong)checkpoints.Int64(1)));
        }
    }
}
