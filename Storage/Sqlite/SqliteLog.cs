using System.Collections.Concurrent;

namespace OrleansShards.Storage.Sqlite;

/// <summary>One log of the file, and what of it is known without asking SQLite.</summary>
/// <remarks>
/// This process is the only writer (<see cref="DirectoryLock"/>), so that two questions of every linearizable read and
/// of every tailing reader are answered from memory: whether there is a record after the last one, and which checkpoint
/// is the newest. Written by the writer's thread only, read by all.
/// </remarks>
internal sealed class SqliteLog(long id, LogName name)
{
    private ulong _lastIndex;
    private ulong _checkpointIndex;
    private bool _publishing;

    internal long Id { get; } = id;

    internal LogName Name { get; } = name;

    internal string Records { get; } = SqliteSchema.RecordsOf(id);

    internal string PutSql { get; } =
        $"insert into {SqliteSchema.RecordsOf(id)} (idx, bytes) values (?1, ?2) on conflict do nothing";

    /// <summary>Up to a number, but those in a list, at most so many: the lowest.</summary>
    internal string DropSql { get; } =
        $"delete from {SqliteSchema.RecordsOf(id)} where idx in (select idx from {SqliteSchema.RecordsOf(id)} "
        + "where idx <= ?1 and idx not in (select value from json_each(?2)) order by idx limit ?3)";

    internal string ReadSql { get; } = $"select idx, bytes from {SqliteSchema.RecordsOf(id)} where idx >= ?1 order by idx";

    internal string ProbeSql { get; } = $"select 1 from {SqliteSchema.RecordsOf(id)} where idx = ?1";

    /// <summary>The newest published checkpoint's.</summary>
    internal LogIndex CheckpointIndex => new(Volatile.Read(ref _checkpointIndex));

    /// <summary>
    /// Whether it is certain that no record is visible at or after <paramref name="index"/>, and then the newest
    /// checkpoint's index.
    /// </summary>
    internal bool IsPastTheEnd(LogIndex index, out LogIndex checkpoint)
    {
        // First the end, then the checkpoint: a record that is dropped in between is then covered by it.
        var past = index.Value > Volatile.Read(ref _lastIndex) && !Volatile.Read(ref _publishing);
        checkpoint = CheckpointIndex;
        return past;
    }

    /// <summary>
    /// Before the commit that may bring a record: from now on nobody is told from memory that it is not there. A commit
    /// that fails leaves the bound too high, which costs a question and no more.
    /// </summary>
    internal void MayGetRecord(LogIndex index)
    {
        if (index.Value > _lastIndex)
            Volatile.Write(ref _lastIndex, index.Value);
    }

    /// <summary>Before the commit that may publish a checkpoint: until it is decided, readers ask SQLite.</summary>
    internal void MayGetCheckpoint() => Volatile.Write(ref _publishing, true);

    /// <summary>After the commit, or after it was rolled back with the index that was there before.</summary>
    internal void HasCheckpoint(LogIndex index)
    {
        Volatile.Write(ref _checkpointIndex, index.Value);
        Volatile.Write(ref _publishing, false);
    }
}

/// <summary>The logs that the file has, by name. A log is listed here once the commit that created it is done.</summary>
internal sealed class SqliteLogs
{
    private readonly ConcurrentDictionary<LogName, SqliteLog> _byName = new();

    internal IEnumerable<SqliteLog> All => _byName.Values;

    internal SqliteLog? Find(LogName name) => _byName.GetValueOrDefault(name);

    internal void Add(SqliteLog log) => _byName[log.Name] = log;

    /// <summary>Fills this from the file when it is opened.</summary>
    internal void Load(SqliteConnection connection)
    {
        using var logs = connection.Prepare("select id, name from logs");
        while (logs.Step())
            Add(new SqliteLog(logs.Int64(0), new LogName(logs.Text(1))));

        foreach (var log in All)
            log.MayGetRecord(new LogIndex((ulong)connection.QueryInt64($"select max(idx) from {log.Records}")));

        var byId = All.ToDictionary(log => log.Id);
        using var checkpoints = connection.Prepare("select log, idx from checkpoints");
        while (checkpoints.Step())
            byId[checkpoints.Int64(0)].HasCheckpoint(new LogIndex((ulong)checkpoints.Int64(1)));
    }
}
