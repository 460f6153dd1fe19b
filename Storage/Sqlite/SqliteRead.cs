namespace OrleansShards.Storage.Sqlite;

/// <summary>A call that reads: carried out and answered on the reader's thread.</summary>
internal interface ISqliteRead
{
    /// <summary>Reads, in a transaction of its own, and answers.</summary>
    void Execute(SqliteConnection connection);

    /// <summary>It failed, and nothing was read.</summary>
    void Fail(string text);
}

/// <summary>A read with a result; continuations run on the reader's thread.</summary>
internal sealed class SqliteRead<TResult>(Func<SqliteConnection, TResult> read, CancellationToken cancellationToken)
    : TaskCompletionSource<TResult>, ISqliteRead
{
    public void Execute(SqliteConnection connection)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            TrySetCanceled(cancellationToken);
            return;
        }

        // Before the continuation runs the transaction has ended: an open one would keep the WAL from starting over.
        TrySetResult(read(connection));
    }

    public void Fail(string text) => TrySetException(new LogStoreException(text));
}
