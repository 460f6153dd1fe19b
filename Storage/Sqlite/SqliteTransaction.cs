using OrleansShards.Core;

namespace OrleansShards.Storage.Sqlite;

/// <summary>The writer's transaction: where writes find their log, and what has to be told to readers after the commit.</summary>
internal sealed class SqliteTransaction(SqliteConnection connection, SqliteLogs logs)
{
    private readonly SqliteStatement _begin = connection.Prepare("begin immediate");
    private readonly SqliteStatement _commit = connection.Prepare("commit");
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

    internal void Begin() => _begin.Run();

    /// <summary>Returns once all is durable.</summary>
    internal void Commit()
    {
        _commit.Run();
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

        foreach (var log in _created.Values)
        {
            log.PutStatement?.Dispose();
        }

        Forget();
        if (connection.InTransaction)
        {
            connection.Run("rollback");
        }
    }

    internal void Close()
    {
        _begin.Dispose();
        _commit.Dispose();
        foreach (var log in logs.All)
        {
            log.PutStatement?.Dispose();
        }
    }

    private SqliteLog Create(LogName name)
    {
        using var insert = connection.Prepare("insert into logs (name) values (?1) returning id");
        insert.Bind(1, name.Value).Step();
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
