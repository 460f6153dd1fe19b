using OrleansShards.Core;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// The writer's transaction: where writes find their log, and what has to be told to readers after the commit.
/// </summary>
internal sealed class SqliteTransaction(SqliteConnection connection, SqliteLogs logs)
{
    private readonly Dictionary<LogName, SqliteLog> _created = [];
    private readonly Dictionary<SqliteLog, LogIndex> _published = [];

    internal SqliteConnection Connection => connection;

    internal SqliteLog? Find(LogName name) => logs.Find(name) ?? _created.GetValueOrDefault(name);

    internal SqliteLog FindOrCreate(LogName name) => Find(name) ?? Create(name);

    /// <summary>The newest checkpoint's index, as this transaction sees it.</summary>
    internal LogIndex CheckpointIndexOf(SqliteLog log) => _published.GetValueOrDefault(log, log.CheckpointIndex);

    internal void Publish(SqliteLog log, LogIndex index)
    {
        log.MayGetCheckpoint();
        _published[log] = index;
    }

    internal void Begin() => connection.Prepared("begin immediate").Run();

    /// <summary>Returns once all is durable.</summary>
    internal void Commit()
    {
        connection.Prepared("commit").Run();
        foreach (var log in _created.Values)
        {
            logs.Add(log);
        }

        foreach (var (log, index) in _published)
        {
            log.HasCheckpoint(index);
        }

        Forget();
    }

    /// <summary>Takes everything back. SQLite may have done so by itself.</summary>
    internal void Rollback()
    {
        foreach (var log in _published.Keys)
        {
            log.HasCheckpoint(log.CheckpointIndex);
        }

        Forget();
        if (connection.InTransaction)
        {
            connection.Run("rollback");
        }
    }

    private SqliteLog Create(LogName name)
    {
        var insert = connection.Prepared("insert into logs (name) values (?1) returning id").Bind(1, name.Value);
        insert.Step();
        var log = new SqliteLog(insert.Int64(0), name);
        insert.Run();
        connection.Run(SqliteSchema.CreateRecords(log.Id));
        _created.Add(name, log);
        return log;
    }

    private void Forget()
    {
        _created.Clear();
        _published.Clear();
    }
}
