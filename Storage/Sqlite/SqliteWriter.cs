namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// The one thread that writes: it takes all that waits, of whatever log, and commits it in one transaction, so that all
/// share one flush. It is a thread of its own because pool threads that block on a disk starve everybody else.
/// </summary>
internal sealed class SqliteWriter
{
    /// <summary>What one commit takes at most; a backlog beyond it goes into further ones.</summary>
    private const long CommitBytesMax = 8 << 20;

    private readonly SqliteLogStoreOptions _options;
    private readonly StoreHealth _health;
    private readonly CallQueue<ISqliteWrite> _queue;
    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly WalKeeper _wal;
    private readonly List<ISqliteWrite> _batch = [];
    private readonly List<ISqliteWrite> _unfinished = [];

    internal SqliteWriter(
        SqliteLogStoreOptions options, SqliteConnection connection, SqliteLogs logs, StoreHealth health,
        CallQueue<ISqliteWrite> queue, WalKeeper wal)
    {
        (_options, _connection, _health, _queue, _wal) = (options, connection, health, queue, wal);
        _transaction = new SqliteTransaction(connection, logs);
    }

    /// <summary>Serves until the queue is closed and empty, then closes the connection.</summary>
    internal void Serve()
    {
        while (_unfinished.Count > 0 || _queue.Wait())
        {
            _options.Faults?.BeforeTake(_connection);
            TakeAndCommit();
        }

        _connection.Dispose();
    }

    private void TakeAndCommit()
    {
        _batch.AddRange(_unfinished);
        _unfinished.Clear();
        long bytes = 0;
        foreach (var (write, size) in _queue.Take())
        {
            if (bytes + size > CommitBytesMax && _batch.Count > 0)
            {
                CommitBatch();
                bytes = 0;
            }

            if (write.IsCancelled)
            {
                write.Cancel();
                continue;
            }

            _batch.Add(write);
            bytes += size;
        }

        CommitBatch();
    }

    private void CommitBatch()
    {
        if (_batch.Count > 0)
        {
            if (_health.Broken is { } text)
            {
                FailBatch(text, certain: true);
            }
            else if (TryExecute(out var unfinished) && TryCommit())
            {
                Answer(unfinished);
                _wal.AfterCommit(_connection);
            }
        }

        _batch.Clear();
    }

    /// <summary>Up to the commit: whatever fails here is taken back, so that nothing of it can ever be there.</summary>
    private bool TryExecute(out List<ISqliteWrite> unfinished)
    {
        unfinished = _unfinished;
        try
        {
            _wal.BeforeBegin(_connection);
            _transaction.Begin();
            foreach (var write in _batch)
            {
                if (!write.Execute(_transaction))
                {
                    _unfinished.Add(write);
                }
            }

            return true;
        }
        catch (Exception exception)
        {
            TakeBack(exception, certain: true);
            return false;
        }
    }

    private bool TryCommit()
    {
        try
        {
            if (_options.CommitDelayMs > 0)
            {
                Thread.Sleep(_options.CommitDelayMs);
            }

            FailIf(_options.Faults?.TakeInsteadOfCommit());
            _transaction.Commit();
            FailIf(_options.Faults?.TakeAfterCommit());
            return true;
        }
        catch (Exception exception)
        {
            // A full disk or a lock stops the commit before its last frame is written. After any other failure the
            // frames may be in the WAL as a whole (a flush that failed, say), and come to life when it is opened anew.
            TakeBack(exception, certain: exception is SqliteFailureException { IsPassing: true });
            return false;
        }
    }

    private void TakeBack(Exception exception, bool certain)
    {
        var text = TextFor(exception);
        try
        {
            _transaction.Rollback();
            _wal.AfterFailure();
        }
        catch (SqliteFailureException failure)
        {
            _health.Break(failure.TextFor(_options.DatabasePath));
        }

        // First stopped, then answered: whoever hears of a doubtful put must not be told next that it is not there.
        if (exception is not SqliteFailureException { IsPassing: true })
        {
            _health.Break(text);
        }

        _unfinished.Clear();
        FailBatch(text, certain);
    }

    private void Answer(List<ISqliteWrite> unfinished)
    {
        foreach (var write in _batch)
        {
            if (unfinished.Count == 0 || !unfinished.Contains(write))
            {
                write.Complete();
            }
        }
    }

    private void FailBatch(string text, bool certain)
    {
        foreach (var write in _batch)
        {
            write.Fail(text, certain);
        }
    }

    private string TextFor(Exception exception) => exception is SqliteFailureException failure
        ? failure.TextFor(_options.DatabasePath)
        : $"Writing to '{_options.DatabasePath}' met what should not be possible, please report it: {exception}";

    private static void FailIf(int? code)
    {
        if (code is > 0)
        {
            throw new SqliteFailureException(code.Value, "injected by a test");
        }
    }
}
