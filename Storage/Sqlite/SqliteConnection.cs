using SQLitePCL;

namespace OrleansShards.Storage.Sqlite;

/// <summary>One connection to the file, used by one thread at a time.</summary>
internal sealed class SqliteConnection : IDisposable
{
    private readonly sqlite3 _database;
    private readonly Dictionary<string, SqliteStatement> _prepared = [];

    static SqliteConnection() => Batteries_V2.Init();

    private SqliteConnection(sqlite3 database) => _database = database;

    /// <summary>Rows that the last statement changed.</summary>
    internal int Changes => raw.sqlite3_changes(_database);

    internal bool InTransaction => raw.sqlite3_get_autocommit(_database) == 0;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="create">Whether it is created where it is missing.</param>
    internal static SqliteConnection Open(string path, bool create = false)
    {
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        var code = raw.sqlite3_open_v2(path, out var database, flags, null);
        if (code != raw.SQLITE_OK)
        {
            var text = database is null ? "no memory" : raw.sqlite3_errmsg(database).utf8_to_string();
            database?.Dispose();
            throw new SqliteFailureException(code, text);
        }

        raw.sqlite3_extended_result_codes(database, 1);
        return new SqliteConnection(database);
    }

    /// <summary>A statement that is prepared once and kept as long as the connection. Reset it after use.</summary>
    internal SqliteStatement Prepared(string sql)
    {
        if (!_prepared.TryGetValue(sql, out var statement))
        {
            statement = Prepare(sql);
            _prepared.Add(sql, statement);
        }

        return statement;
    }

    /// <summary>A statement for one use.</summary>
    internal SqliteStatement Prepare(string sql)
    {
        var code = raw.sqlite3_prepare_v2(_database, sql, out var statement);
        return code == raw.SQLITE_OK ? new SqliteStatement(_database, statement) : throw Failure(code);
    }

    internal void Run(string sql)
    {
        using var statement = Prepare(sql);
        statement.Run();
    }

    /// <summary>The first column of the first row; 0 where there is none.</summary>
    internal long QueryInt64(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    internal string QueryText(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Text(0) : "";
    }

    /// <summary>Carries WAL frames over into the database as far as that disturbs nobody.</summary>
    /// <returns>How many frames the WAL has that are not carried over yet.</returns>
    internal int CheckpointPassive()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_database, null, raw.SQLITE_CHECKPOINT_PASSIVE, out var frames, out var done);
        return (code & 0xff) switch
        {
            raw.SQLITE_OK => frames - done,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => int.MaxValue,
            _ => throw Failure(code),
        };
    }

    /// <summary>Carries the whole WAL over into the database, flushes that, and empties the WAL.</summary>
    internal void CheckpointWhole()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_database, null, raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);
        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    /// <summary>Pages written by this connection since it was opened: with a WAL, one frame each.</summary>
    internal long PagesWritten()
    {
        raw.sqlite3_db_status(_database, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 0);
        return pages;
    }

    public void Dispose()
    {
        foreach (var statement in _prepared.Values)
            statement.Dispose();

        _database.Dispose();
    }

    private SqliteFailureException Failure(int code) => new(code, raw.sqlite3_errmsg(_database).utf8_to_string());
}
