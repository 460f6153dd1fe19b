using System.Diagnostics;
using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// A thread that writes: it takes all that waits, of whatever log, and commits it in one transaction, so that all share
/// one round trip and one flush. A thread of its own, since a heartbeat must not wait for a busy thread pool.
/// </summary>
internal sealed class PostgresLane : IDisposable
{
    private readonly PostgresLogStoreOptions _options;
    private readonly PostgresSources _sources;
    private readonly PostgresSession _session;
    private readonly PostgresCommit _commit;
    private readonly CallQueue<IPostgresWrite> _queue;
    private readonly List<IPostgresWrite> _batch = [];
    private readonly List<IPostgresWrite> _unfinished = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal PostgresLane(PostgresLogStoreOptions options, PostgresSources sources, PostgresSql sql)
    {
        (_options, _sources) = (options, sources);
        _session = new PostgresSession(options, sources, sql);
        _commit = new PostgresCommit(sql);
        _queue = new(options.QueuedCallsMax, (long)options.QueuedMiBMax << 20);
    }

    /// <summary>Whether something that was written may appear later. For any thread.</summary>
    internal bool IsInDoubt => _session.IsInDoubt;

    /// <summary>Done once all that was asked is answered, after the queue was closed.</summary>
    internal Task Ended => _ended.Task;

    internal void Start(string name) => new Thread(Serve) { IsBackground = true, Name = name }.Start();

    internal CallQueueAnswer TryAdd(IPostgresWrite write, long bytes) => _queue.TryAdd(write, bytes);

    internal void Close() => _queue.Close();

    public void Dispose() => _session.Dispose();

    private void Serve()
    {
        while (_unfinished.Count > 0 || _queue.Wait())
        {
            _options.Faults?.TakeGate.Wait();
            TakeAndCommit();
        }

        _session.Dispose();
        _ended.SetResult();
    }

    private void TakeAndCommit()
    {
        _batch.AddRange(_unfinished);
        _unfinished.Clear();
        long bytes = 0;
        foreach (var (write, size) in _queue.Take())
        {
            if (_batch.Count > 0 && (bytes + size > (long)_options.CommitMiBMax << 20 || _batch.Count >= _options.CommitCallsMax))
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
        if (_batch.Count > 0 && Commit(_batch) is { } failure)
        {
            if (_batch.Count > 1 && PostgresFailure.IsRolledBack(failure) && PostgresFailure.MayBeOfOneWrite(failure))
            {
                CommitEach();
            }
            else
            {
                Fail(_batch, failure);
            }
        }

        _batch.Clear();
    }

    /// <summary>
    /// One of them made the transaction fail, and only that one shall fail by it. Those whose turn does not come in time
    /// have not begun.
    /// </summary>
    private void CommitEach()
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var write in _batch)
        {
            if (Stopwatch.GetElapsedTime(began).TotalSeconds > _options.CommandTimeoutSeconds)
            {
                write.Fail($"{_sources.Place}: the writes before this one took too long; it was not begun.", certain: true);
            }
            else if (Commit([write]) is { } failure)
            {
                Fail([write], failure);
            }
        }
    }

    /// <summary>Answers all but those that a failure is returned for.</summary>
    private Exception? Commit(List<IPostgresWrite> writes)
    {
        if (_session.Connect(out var refusal) is not { } connection)
        {
            FailAll(writes, refusal, certain: true);
            return null;
        }

        if (!TryPrepare(connection, writes))
        {
            return null;
        }

        try
        {
            var unfinished = _commit.Run(connection);
            _unfinished.AddRange(unfinished);
            foreach (var write in writes)
            {
                if (unfinished.Count == 0 || !unfinished.Contains(write))
                {
                    write.Complete();
                }
            }

            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    /// <summary>Looks the logs up. False where the connection was lost by that: then nothing of all this was sent.</summary>
    private bool TryPrepare(NpgsqlConnection connection, List<IPostgresWrite> writes)
    {
        _commit.Clear();
        try
        {
            if (!TryFind(connection, writes, out _))
            {
                // A name that the server does not take, say: only those who use it shall fail by it.
                writes.RemoveAll(write => !TryFindOne(connection, write));
            }
        }
        catch (Exception exception)
        {
            _session.Abandon(inDoubt: false);
            FailAll(writes, PostgresFailure.TextFor(_sources.Place, exception), certain: true);
            return false;
        }

        writes.ForEach(write => _commit.Add(write, write.Log is { } log ? _session.Find(log) : 0));
        return true;
    }

    private bool TryFindOne(NpgsqlConnection connection, IPostgresWrite write)
    {
        if (TryFind(connection, [write], out var failure))
        {
            return true;
        }

        write.Fail(PostgresFailure.TextFor(_sources.Place, failure!), certain: true);
        return false;
    }

    private bool TryFind(NpgsqlConnection connection, List<IPostgresWrite> writes, out Exception? failure)
    {
        try
        {
            _session.FindAll(connection, writes);
            failure = null;
            return true;
        }
        catch (Exception exception) when (PostgresFailure.IsRolledBack(exception))
        {
            failure = exception;
            return false;
        }
    }

    /// <summary>First the doubt, then the answer: whoever hears of it must find reads waiting for its end.</summary>
    private void Fail(List<IPostgresWrite> writes, Exception failure)
    {
        var certain = PostgresFailure.IsRolledBack(failure);
        if (!certain)
        {
            _session.Abandon(inDoubt: true);
        }

        FailAll(writes, PostgresFailure.TextFor(_sources.Place, failure), certain);
    }

    private static void FailAll(List<IPostgresWrite> writes, string text, bool certain)
    {
        foreach (var write in writes)
        {
            write.Fail(text, certain);
        }
    }
}
