using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// Commits writes to the file. A full disk and a locked file are transient failures: nothing of the transaction is stored,
/// and the next one is tried. After any other failure the store stops, since only reopening the file tells what it holds.
/// </summary>
internal sealed class SqliteTransaction(
    SqliteLogStoreOptions options, SqliteConnection connection, SqliteLogs logs, SqliteJournal journal, StoreHealth health, WalKeeper wal)
    : ITransaction
{
    // Published to readers after the commit.
    private readonly Dictionary<LogName, SqliteLog> _created = [];
    private readonly List<(SqliteLog Log, LogIndex Index)> _inserted = [];
    private readonly Dictionary<SqliteLog, LogIndex> _checkpoints = [];

    private readonly HashSet<LogName> _logsOfPuts = [];
    private bool _settleIsQueued;

    /// <summary>Queues a <see cref="SettleWrite"/>.</summary>
    internal required Action QueueSettle { private get; init; }

    public void Commit(IReadOnlyList<ILogWrite> writes)
    {
        if (health.Broken is { } text)
        {
            writes.FailAll(text, certain: true);
        }
        else if (TryExecute(writes) && TryCommit(writes))
        {
            foreach (var write in writes)
                write.Committed();

            wal.AfterCommit(connection);
            if (!_settleIsQueued && journal.Bytes >= (options.Faults?.BytesToSettle ?? SqliteJournal.BytesToSettle))
            {
                _settleIsQueued = true;
                QueueSettle();
            }
        }
    }

    /// <summary>Moves all that the journal holds to the logs' tables, so that a closed file has it there. Best effort.</summary>
    internal void SettleAll()
    {
        // The journal is read again when the file is opened.
        for (var before = long.MaxValue; journal.Bytes > 0 && journal.Bytes < before && health.Broken is null;)
        {
            before = journal.Bytes;
            Commit([new SettleWrite()]);
        }
    }

    /// <summary>Executes all statements before the commit. If one fails, all are rolled back and certainly not stored.</summary>
    private bool TryExecute(IReadOnlyList<ILogWrite> writes)
    {
        try
        {
            options.Faults?.BeforeBegin(connection);
            wal.BeforeBegin(connection);
            connection.Prepared("begin immediate").Run();
            var isForJournal = IsForJournal(writes);
            foreach (var write in writes)
                write.Ran(write is PutWrite put ? Put(put, isForJournal) : Execute(write));

            journal.Write(connection);
            if (journal.Bytes > SqliteJournal.BytesMax)
                journal.Settle(connection);

            return true;
        }
        catch (Exception exception)
        {
            RollBackAndFail(writes, exception, certain: true);
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
            PublishToReaders();
            options.Faults?.AfterCommit();
            return true;
        }
        catch (Exception exception)
        {
            // A full disk or a lock stops the commit before its last frame is written. After any other failure (of a
            // flush, say) all frames may be in the WAL, and would become visible when it is reopened.
            RollBackAndFail(writes, exception, certain: exception is SqliteFailureException { IsTransient: true });
            return false;
        }
    }

    /// <summary>Whether what is put takes fewer pages as a row of the journal.</summary>
    private bool IsForJournal(IReadOnlyList<ILogWrite> writes)
    {
        long bytes = 0;
        _logsOfPuts.Clear();
        foreach (var write in writes)
        {
            if (write is PutWrite put)
            {
                bytes += put.Record.Length;
                _logsOfPuts.Add(put.Log!.Value);
            }
        }

        return options.Faults is { JournalsAll: true } || SqliteJournal.IsFewerPages(_logsOfPuts.Count, bytes);
    }

    private int Put(PutWrite put, bool isForJournal)
    {
        var log = FindOrCreate(put.Log!.Value);
        if (log.IsOccupied(connection, put.Index, journal.Adds(log, put.Index)))
            return 0;

        if (isForJournal)
        {
            journal.Add(log, put.Index, put.Record.Span);
        }
        else
        {
            log.Insert(connection, put.Index, put.Record.Span);
            _inserted.Add((log, put.Index));
        }

        return 1;
    }

    private int Execute(ILogWrite write)
    {
        if (write is SettleWrite)
        {
            _settleIsQueued = false;
            journal.Settle(connection);
            return 0;
        }

        if (write is DropWrite or DropChunksWrite && Find(write.Log!.Value) is null)
            return 0;

        var log = FindOrCreate(write.Log!.Value);
        switch (write)
        {
            case DropWrite drop:
                if (log.HasJournaled(drop.UpTo))
                {
                    // They would come back.
                    journal.Settle(connection);
                    return drop.RowsAtOnce;
                }

                using (var delete = connection.Prepare(log.DropSql))
                {
                    delete.Bind(1, drop.UpTo).Bind(2, $"[{string.Join(',', drop.Kept)}]").Bind(3, drop.RowsAtOnce)
                        .Bind(4, DropWrite.BytesAtOnce).Run();
                }

                // Fewer rows than it may take do not show that it is done, for their bytes have a limit, too.
                return connection.Changes > 0 ? drop.RowsAtOnce : 0;
            case PutChunkWrite chunk:
                connection.Prepared(SqliteSchema.PutChunk).Bind(1, log.Id)
                    .Bind(2, chunk.Checkpoint.Index.Value).Bind(3, chunk.Checkpoint.Term.Value).Bind(4, chunk.Number)
                    .Bind(5, chunk.Chunk.Span).Run();
                break;
            case PublishWrite publish:
                log.MayGetCheckpoint();
                connection.Prepared(SqliteSchema.Publish).Bind(1, log.Id)
                    .Bind(2, publish.Checkpoint.Index.Value).Bind(3, publish.Checkpoint.Term.Value).Bind(4, publish.Manifest.Span).Run();
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

    private SqliteLog FindOrCreate(LogName name) => Find(name) ?? Create(name);

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

    private void PublishToReaders()
    {
        foreach (var log in _created.Values)
            logs.Add(log);

        foreach (var (log, index) in _inserted)
            log.OnInserted(index);

        journal.OnCommitted();
        foreach (var (log, index) in _checkpoints)
            log.HasCheckpoint(index);

        Forget();
    }

    private void Forget()
    {
        _created.Clear();
        _inserted.Clear();
        _checkpoints.Clear();
    }

    private void RollBackAndFail(IReadOnlyList<ILogWrite> writes, Exception exception, bool certain)
    {
        var text = SqliteFailureException.TextFor("Writing to", options.DatabasePath, exception);
        try
        {
            foreach (var log in _checkpoints.Keys)
                log.HasCheckpoint(log.CheckpointIndex);

            Forget();
            journal.OnRolledBack();
            _settleIsQueued = false;

            // SQLite may have rolled back by itself.
            if (connection.InTransaction)
                connection.Run("rollback");

            wal.AfterFailure();
        }
        catch (SqliteFailureException failure)
        {
            health.Break(failure.TextFor(options.DatabasePath));
        }

        // 1. The store stops. 2. The callers are answered. In the other order a caller that learns of a doubtful put could
        // be told next that the record does not exist.
        if (exception is not SqliteFailureException { IsTransient: true })
            health.Break(text);

        writes.FailAll(text, certain);
    }
}
