using SQLitePCL;

namespace OrleansShards.Storage.Sqlite;

/// <summary>A prepared statement that is used again and again, by one thread.</summary>
/// <remarks>
/// SQLitePCLRaw and not Microsoft.Data.Sqlite (ADR 17): a record is bound from the caller's memory without an array of
/// its own, and what cannot be read is a failure.
/// </remarks>
internal sealed class SqliteStatement(sqlite3 database, sqlite3_stmt statement) : IDisposable
{
    internal SqliteStatement Bind(int place, long value)
    {
        Check(raw.sqlite3_bind_int64(statement, place, value));
        return this;
    }

    internal SqliteStatement Bind(int place, ulong value) => Bind(place, checked((long)value));

    internal SqliteStatement Bind(int place, string value)
    {
        Check(raw.sqlite3_bind_text(statement, place, value));
        return this;
    }

    internal SqliteStatement Bind(int place, ReadOnlySpan<byte> value)
    {
        // An empty span has a null pointer, which SQLite takes for NULL.
        Check(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(statement, place, 0)
            : raw.sqlite3_bind_blob(statement, place, value));
        return this;
    }

    /// <summary>To the next row; false after the last.</summary>
    internal bool Step()
    {
        var code = raw.sqlite3_step(statement);
        if (code is raw.SQLITE_ROW or raw.SQLITE_DONE)
            return code == raw.SQLITE_ROW;

        throw FailureAfterReset(code);
    }

    /// <summary>Ready to be used again. A statement that is left on a row keeps its read transaction open.</summary>
    internal void Reset() => raw.sqlite3_reset(statement);

    /// <summary>Runs to the end and is ready again.</summary>
    internal void Run()
    {
        while (Step())
        {
        }

        Reset();
    }

    /// <summary>What <paramref name="read"/> makes of the first row, or <paramref name="none"/>; then it is ready again.</summary>
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

        // Without memory, or at a damaged page, SQLite gives a null pointer here and says why only afterwards.
        return blob.Length == length ? blob : throw FailureAfterReset(raw.sqlite3_extended_errcode(database));
    }

    public void Dispose() => statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw FailureAfterReset(code);
    }

    private SqliteFailureException FailureAfterReset(int code)
    {
        var failure = new SqliteFailureException(code, raw.sqlite3_errmsg(database).utf8_to_string());
        Reset();
        return failure;
    }
}
