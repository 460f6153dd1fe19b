using System.Runtime.InteropServices;
using SQLitePCL;

namespace OrleansShards.Storage.Sqlite;

/// <summary>One connection to the file, used by one thread at a time.</summary>
internal sealed class SqliteConnection(sqlite3 database) : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _prepared = [];

    static SqliteConnection() => Batteries_V2.Init();

    /// <summary>Rows that the last statement changed.</summary>
    internal int Changes => raw.sqlite3_changes(database);

    internal bool InTransaction => raw.sqlite3_get_autocommit(database) == 0;

    /// <summary>Opens the file; by the file layer (VFS) of that name, null for SQLite's own.</summary>
    internal static SqliteConnection Open(string path, bool create = false, string? fileLayer = null)
    {
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        var code = raw.sqlite3_open_v2(path, out var database, flags, fileLayer);
        if (code != raw.SQLITE_OK)
        {
            var text = database is null ? "no memory" : raw.sqlite3_errmsg(database).utf8_to_string();
            database?.Dispose();
            throw new SqliteFailureException(code, text);
        }

        raw.sqlite3_extended_result_codes(database, 1);
        return new SqliteConnection(database);
    }

    /// <summary>
    /// Whether the last connection that closes leaves the WAL as it is, instead of copying it into the database and removing it. Each
    /// connection has its own setting.
    /// </summary>
    internal void KeepWalWhenClosed(bool keep)
    {
        var code = raw.sqlite3_db_config(database, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, out _);
        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    /// <summary>A statement that is prepared once and kept as long as the connection. Reset it after use.</summary>
    internal SqliteStatement Prepared(string sql) =>
        _prepared.TryGetValue(sql, out var statement) ? statement : _prepared[sql] = Prepare(sql);

    /// <summary>A statement for one use.</summary>
    internal SqliteStatement Prepare(string sql)
    {
        var code = raw.sqlite3_prepare_v2(database, sql, out var statement);
        return code == raw.SQLITE_OK ? new SqliteStatement(database, statement) : throw Failure(code);
    }

    internal void Run(string sql)
    {
        using var statement = Prepare(sql);
        statement.Run();
    }

    /// <summary>Runs statements, between which there are semicolons, all or none.</summary>
    internal void RunInTransaction(string statements)
    {
        Run("begin immediate");
        foreach (var sql in statements.Split(';'))
            Run(sql);

        Run("commit");
    }

    /// <summary>The first column of the first row; 0 if there is none.</summary>
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

    /// <summary>Copies WAL frames into the database as far as no reader or writer has to wait.</summary>
    /// <returns>How many frames of the WAL are not copied yet.</returns>
    internal int CheckpointPassive()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(database, null, raw.SQLITE_CHECKPOINT_PASSIVE, out var frames, out var done);
        return (code & 0xff) switch
        {
            raw.SQLITE_OK => frames - done,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => int.MaxValue,
            _ => throw Failure(code),
        };
    }

    /// <summary>
    /// Flushes the database's file by the same call of its file layer that SQLite makes. <see cref="CheckpointPassive"/> does not flush
    /// unless it has copied all frames.
    /// </summary>
    internal void FlushDatabase()
    {
        var code = NativeFile.Find(database, "main", NativeFile.PointerToFile, out var file);
        if (code == raw.SQLITE_OK)
            code = NativeFile.SyncOf(file)(file, NativeFile.SyncNormal);

        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    /// <summary>Copies the whole WAL into the database, flushes it, and empties the WAL.</summary>
    internal void CheckpointWhole()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(database, null, raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);
        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    /// <summary>Pages written by this connection since it was opened; with a WAL, one frame each.</summary>
    internal long PagesWritten()
    {
        raw.sqlite3_db_status(database, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 0);
        return pages;
    }

    public void Dispose()
    {
        foreach (var statement in _prepared.Values)
            statement.Dispose();

        database.Dispose();
    }

    private SqliteFailureException Failure(int code) => new(code, raw.sqlite3_errmsg(database).utf8_to_string());

    // https://www.sqlite.org/c3ref/io_methods.html: a file begins with a pointer to its methods, and those with a version and four others.
    private static class NativeFile
    {
        internal const int PointerToFile = 7;
        internal const int SyncNormal = 2;

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int Sync(nint file, int flags);

        internal static Sync SyncOf(nint file) =>
            Marshal.GetDelegateForFunctionPointer<Sync>(Marshal.ReadIntPtr(Marshal.ReadIntPtr(file), 5 * nint.Size));

        [DllImport("e_sqlite3", EntryPoint = "sqlite3_file_control", CallingConvention = CallingConvention.Cdecl)]
        internal static extern int Find(
            sqlite3 database, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int what, out nint file);
    }
}

/// <summary>
/// A prepared statement, used by one thread. SQLitePCLRaw and not Microsoft.Data.Sqlite (ADR 17): a record is bound from the caller's
/// memory without a copy, and an unreadable blob is a failure.
/// </summary>
internal sealed class SqliteStatement(sqlite3 database, sqlite3_stmt statement) : IDisposable
{
    internal SqliteStatement Bind(int place, long value) => Checked(raw.sqlite3_bind_int64(statement, place, value));
    internal SqliteStatement Bind(int place, ulong value) => Bind(place, checked((long)value));
    internal SqliteStatement Bind(int place, string value) => Checked(raw.sqlite3_bind_text(statement, place, value));

    // An empty span has a null pointer, which SQLite reads as NULL.
    internal SqliteStatement Bind(int place, ReadOnlySpan<byte> value) => Checked(
        value.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, place, 0) : raw.sqlite3_bind_blob(statement, place, value));

    /// <summary>Advances to the next row; false after the last.</summary>
    internal bool Step() => raw.sqlite3_step(statement) switch
    {
        raw.SQLITE_ROW => true,
        raw.SQLITE_DONE => false,
        var code => throw FailureAfterReset(code),
    };

    /// <summary>Makes it ready for the next use. A statement that is left on a row keeps its read transaction open.</summary>
    internal void Reset() => raw.sqlite3_reset(statement);

    /// <summary>Runs it to the end and resets it.</summary>
    internal void Run()
    {
        while (Step())
        {
        }

        Reset();
    }

    /// <summary>Reads the first row, or returns <paramref name="none"/>; then resets it.</summary>
    internal TResult First<TResult>(TResult none, Func<SqliteStatement, TResult> read)
    {
        try
        {
            return Step() ? read(this) : none;
        }
        finally
        {
            Reset();
        }
    }

    internal long Int64(int column) => raw.sqlite3_column_int64(statement, column);
    internal string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>The length of a blob, without loading it.</summary>
    internal int BlobLength(int column) => raw.sqlite3_column_bytes(statement, column);

    /// <summary>A copy of a blob.</summary>
    internal byte[] Blob(int column)
    {
        var length = BlobLength(column);
        var blob = raw.sqlite3_column_blob(statement, column).ToArray();

        // Without memory, or at a damaged page, SQLite returns a null pointer here and the reason only afterwards.
        return blob.Length == length ? blob : throw FailureAfterReset(raw.sqlite3_extended_errcode(database));
    }

    public void Dispose() => statement.Dispose();

    private SqliteStatement Checked(int code) => code == raw.SQLITE_OK ? this : throw FailureAfterReset(code);

    private SqliteFailureException FailureAfterReset(int code)
    {
        var failure = new SqliteFailureException(code, raw.sqlite3_errmsg(database).utf8_to_string());
        Reset();
        return failure;
    }
}
