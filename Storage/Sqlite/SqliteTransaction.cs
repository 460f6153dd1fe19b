using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// Commits writes to the file. A full disk and a locked file are passing: nothing of the transaction is there, and the
/// next one is tried. After any other failure the store stops, since only opening the file anew tells what is there.
/// </summary>
internal sealed class SqliteTransaction(
    SqliteLogStoreOptions options, SqliteConnection connection, SqliteLogs logs, StoreHealth health, WalKeeper wal)
    : ITransaction
{
    // What readers are told after the commit.
    private readonly Dictionary<LogName, SqliteLog> _created = [];
    private readonly Dictionary<SqliteLog, LogIndex> _checkpoints = [];

    public void Commit(IReadOnlyList<ILogWrite> writes)
    {
        if (health.Broken is { } text)
        {
            FailAll(writes, text, certain: true);
        }
        else if (TryExecute(writes) && TryCommit(writes))
        {
            foreach (var write in writes)
                write.Committed();

            wal.AfterCommit(connection);
        }
    }

    /// <summary>Up to the commit: whatever fails here is taken back, so that nothing of it can ever be there.</summary>
    private bool TryExecute(IReadOnlyList<ILogWrite> writes)
    {
        try
        {
            options.Faults?.BeforeBegin(connection);
            wal.BeforeBegin(connection);
            connection.Prepared("begin immediate").Run();
            foreach (var write in writes)
                write.Ran(Execute(write));

            return true;
        }
        catch (Exception exception)
        {
            TakeBack(writes, exception, certain: true);
            return false;
        }
    }

    private bool TryCommit(IReadOnlyList<ILogWrite> writes)
    {
        try
        {
            if (options.CommitDelayMs > 0)
                Thread.Sleep(options.CommitDelayMs);

            options.Faults?.InsteadOfCommit();
            connection.Prepared("commit").Run();
            TellReaders();
            options.Faults?.AfterCommit();
            return true;
        }
        catch (Exception exception)
        {
            // A full disk or a lock stops the commit before its last frame is written. After any other failure the
            // frames may be in the WAL as a whole (a flush that failed, say), and come to life when it is opened anew.
            TakeBack(writes, exception, certain: exception is SqliteFailureException { IsPassing: true });
            return false;
        }
    }

    private int Execute(ILogWrite write)
    {
        if (write is DropWrite or DropChunksWrite && Find(write.Log!.Value) is null)
            return 0;

        var log = Find(write.Log!.Value) ?? Create(write.Log.Value);
        switch (write)
        {
            case PutWrite put:
                log.MayGetRecord(put.Index);
                connection.Prepared(log.PutSql).Bind(1, put.Index.Value).Bind(2, put.Record.Span).Run();
                break;
            case DropWrite drop:
                using (var delete = connection.Prepare(log.DropSql))
                {
                    delete.Bind(1, drop.UpTo).Bind(2, $"[{string.Join(',', drop.Kept)}]").Bind(3, drop.RowsAtOnce).Run();
                }

                break;
            case PutChunkWrite chunk:
                connection.Prepared(SqliteSchema.PutChunk).Bind(1, log.Id)
                    .Bind(2, chunk.Checkpoint.Index.Value).Bind(3, chunk.Checkpoint.Term.Value).Bind(4, chunk.Number)
                    .Bind(5, chunk.Chunk.Span).Run();
                break;
            case PublishWrite publish:
                log.MayGetCheckpoint();
                connection.Prepared(SqliteSchema.Publish).Bind(1, log.Id)
                    .Bind(2, publish.Checkpoint.Index.Value).Bind(3, publish.Checkpoint.Term.Value)
                    .Bind(4, publish.Manifest.Span).Run();
                _checkpoints[log] = connection.Changes == 1
                    ? publish.Checkpoint.Index
                    : _checkpoints.GetValueOrDefault(log, log.CheckpointIndex);
                break;
            case DropChunksWrite drop:
                connection.Prepared(SqliteSchema.DropChunks).Bind(1, log.Id).Bind(2, drop.Below.Value).Bind(3, drop.RowsAtOnce).Run();
                break;
        }

        return connection.Changes;
    }

    private SqliteLog? Find(LogName name) => logs.Find(name) ?? _created.GetValueOrDefault(name);

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

    private void TellReaders()
    {
        foreach (var log in _created.Values)
            logs.Add(log);

        foreach (var (log, index) in _checkpoints)
            log.HasCheckpoint(index);

        _created.Clear();
        _checkpoints.Clear();
    }

    private void TakeBack(IReadOnlyList<ILogWrite> writes, Exception exception, bool certain)
    {
        var text = TextFor(exception);
        try
        {
            Rollback();
            wal.AfterFailure();
        }
        catch (SqliteFailureException failure)
        {
            health.Break(failure.TextFor(options.DatabasePath));
        }

        // First stopped, then answered: whoever hears of a doubtful put must not be told next that it is not there.
        if (exception is not SqliteFailureException { IsPassing: true })
            health.Break(text);

        FailAll(writes, text, certain);
    }

    /// <summary>Takes everything back. SQLite may have done so by itself.</summary>
    private void Rollback()
    {
        foreach (var log in _checkpoints.Keys)
            log.HasCheckpoint(log.CheckpointIndex);

        _created.Clear();
        _checkpoints.Clear();
        if (connection.InTransaction)
            connection.Run("rollback");
    }

    private static void FailAll(IReadOnlyList<ILogWrite> writes, string text, bool certain)
    {
        foreach (var write in writes)
            write.Fail(text, certain);
    }

    private string TextFor(Exception exception) => exception is SqliteFailureException failure
        ? failure.TextFor(options.DatabasePath)
        : $"Writing to '{options.DatabasePath}' met what should not be possible, please report it: {exception}";
}
