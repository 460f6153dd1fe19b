namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// Keeps the WAL short without making puts wait: a dedicated thread with its own connection copies frames into the database while the
/// commit thread continues; only the small rest is copied on the commit thread, after which the WAL restarts at its beginning.
/// </summary>
/// <remarks>
/// <para>SQLite's own checkpoint (every 1,000 pages, inside a commit) flushes the database while all logs wait, 5 to 15 ms each
/// time. SQLite does not flush after a pass that has not copied all frames, so the thread flushes after each of its own. The WAL file
/// keeps its usual size, twice <see cref="SqliteLogStoreOptions.FramesToCheckpoint"/>: overwriting flushes faster than growing.</para>
/// <para>A program that reads the file for long (a backup) makes it grow meanwhile. 1. The thread tries once a second, since the commits
/// of an idle silo would take hours to ask. 2. The reader ends, and a pass copies everything. 3. The next transaction begins at the WAL's
/// start. 4. Its commit cuts the file to <see cref="SqliteLogStoreOptions.WalBytesKept"/>: SQLite does that itself
/// (<c>journal_size_limit</c>), at the only moment when no frame behind the end is needed.</para>
/// <para>After a failure nothing is copied any more, and the WAL stays when the file is closed. 1. A pass copies frames while a commit adds
/// some: SQLite counts them as copied and does not flush, since a later pass will. 2. The flush of that pass fails, and the kernel drops
/// what it could not write. 3. Another pass, as SQLite makes one when the file is closed, copies the rest only; its flush succeeds, and
/// the WAL goes, the only place that had the first frames. Opening the file copies all that is in the WAL.</para>
/// </remarks>
internal sealed class WalKeeper : IDisposable
{
    // The commit thread copies and flushes so many at most, and all writes wait for it.
    private const int FramesToFinish = 100;
    private const int Passes = 4;

    // 125 MiB: if the thread does not keep up, the commit thread helps before the WAL grows without limit.
    private const int FramesMax = 32_000;

    private static readonly TimeSpan RetryWhileLong = TimeSpan.FromSeconds(1);

    private readonly SqliteLogStoreOptions _options;
    private readonly StoreHealth _health;
    private readonly SqliteConnection _connection;

    // Held for a pass until it is known whether it has failed: the next one must know.
    private readonly Lock _pass = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private volatile bool _closed;
    private volatile bool _restLeft;
    private long _pagesAtRequest;
    private long _pagesAtFinish;
    private bool _failed;

    internal WalKeeper(SqliteLogStoreOptions options, SqliteConnection connection, StoreHealth health)
    {
        (_options, _connection, _health) = (options, connection, health);
        _thread = new Thread(Serve) { IsBackground = true, Name = "log store checkpoint" };
        _thread.Start();
    }

    /// <summary>Called on the commit thread, after its callers were answered.</summary>
    internal void AfterCommit(SqliteConnection writer)
    {
        var pages = writer.PagesWritten();
        if (_restLeft || pages - _pagesAtFinish >= FramesMax)
        {
            _restLeft = false;
            _pagesAtFinish = pages;
            if (_pass.TryEnter())
                CopyAndExit(writer, isRest: true);
        }
        else if (pages - _pagesAtRequest >= _options.FramesToCheckpoint)
        {
            _pagesAtRequest = pages;
            _wake.Set();
        }
    }

    /// <summary>Called on the commit thread: a commit failed and may have left dead frames in the WAL.</summary>
    internal void AfterFailure() => _failed = true;

    /// <summary>
    /// Called on the commit thread. After a failure the WAL is emptied first: that frees its space on a full disk, and
    /// leaves no dead frames behind the next commit's (<see cref="WalFile"/>). If that fails, the next write reports why.
    /// </summary>
    internal void BeforeBegin(SqliteConnection writer)
    {
        if (!_failed)
            return;

        try
        {
            lock (_pass)
            {
                if (_health.Broken is null)
                    writer.CheckpointWhole();
            }

            _failed = false;
        }
        catch (SqliteFailureException failure) when (failure.IsTransient)
        {
            // The next transaction tries again.
        }
    }

    /// <summary>Ends the thread and closes its connection; blocks for the rest of one pass at most.</summary>
    public void Dispose()
    {
        _closed = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Serve()
    {
        for (_wake.WaitOne(); !_closed; _wake.WaitOne(IsLong() ? RetryWhileLong : Timeout.InfiniteTimeSpan))
        {
            var rest = int.MaxValue;
            for (var pass = 0; pass < Passes && rest > FramesToFinish && !_closed; pass++)
            {
                // Each pass is shorter than the one before, since the commit thread adds less meanwhile.
                _pass.Enter();
                rest = CopyAndExit(_connection, isRest: false);
            }

            // More than that waits for a reader to end. The commit thread would copy all of it as soon as the reader has ended.
            _restLeft = rest <= FramesMax;
        }

        Close();
    }

    /// <summary>One pass. Returns how many frames are left; the greatest number if that is not known.</summary>
    private int CopyAndExit(SqliteConnection connection, bool isRest)
    {
        try
        {
            if (_health.Broken is not null)
                return int.MaxValue;

            var rest = connection.CheckpointPassive();
            if (!isRest)
                connection.FlushDatabase();

            return rest;
        }
        catch (SqliteFailureException failure)
        {
            // A full disk: the WAL keeps everything, and the next request tries again.
            if (!failure.IsTransient)
                _health.Break(failure.TextFor(_options.DatabasePath));

            return int.MaxValue;
        }
        finally
        {
            _pass.Exit();
        }
    }

    /// <summary>The last connection: unless the store has stopped, SQLite copies what is in the WAL and removes it.</summary>
    private void Close()
    {
        if (_health.Broken is null)
            _connection.KeepWalWhenClosed(false);

        _connection.Dispose();
    }

    private bool IsLong()
    {
        FileInfo wal = new(_options.DatabasePath + "-wal");
        return wal.Exists && wal.Length > _options.WalBytesKept;
    }
}
