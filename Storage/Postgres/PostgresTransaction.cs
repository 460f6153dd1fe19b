using System.Diagnostics;
using Npgsql;
using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// Commits writes to the server. A transaction that the server refuses is certainly rolled back; after any other failure the
/// session is abandoned and its writes are in doubt until its successor has ended it (<see cref="PostgresSession"/>).
/// </summary>
internal sealed class PostgresTransaction(PostgresLogStoreOptions options, PostgresSources sources, PostgresSql sql)
    : ITransaction, IDisposable
{
    private readonly PostgresSession _session = new(options, sources, sql);
    private readonly PostgresBatch _batch = new(sql);

    /// <summary>Whether an earlier write may still become visible. For any thread.</summary>
    internal bool IsInDoubt => _session.IsInDoubt;

    public void Commit(IReadOnlyList<ILogWrite> writes)
    {
        if (TryCommit([.. writes]) is not { } failure)
            return;

        if (writes.Count > 1 && PostgresFailure.IsRolledBack(failure) && PostgresFailure.MayBeOfOneWrite(failure))
            CommitEach(writes);
        else
            Fail(writes, failure);
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Commits each write by itself, since one made the transaction fail. One whose turn comes too late has not begun.</summary>
    private void CommitEach(IReadOnlyList<ILogWrite> writes)
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var write in writes.Where(write => !write.IsAnswered))
        {
            if (Stopwatch.GetElapsedTime(began).TotalSeconds > options.CommandTimeoutSeconds)
                write.Fail($"{PostgresFailure.Database}: the writes before this one took too long; it was not begun.", certain: true);
            else if (TryCommit([write]) is { } failure)
                Fail([write], failure);
        }
    }

    /// <summary>Answers all writes, or returns the failure of the commit and leaves them unanswered.</summary>
    private Exception? TryCommit(List<ILogWrite> writes)
    {
        if (_session.Connect(out var refusal) is not { } connection)
        {
            writes.FailAll(refusal, certain: true);
            return null;
        }

        if (!TryPrepare(connection, writes))
            return null;

        try
        {
            _batch.Run(connection);
            writes.ForEach(static write => write.Committed());
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    /// <summary>Looks the logs up. Returns false if that lost the connection: then no write was sent.</summary>
    private bool TryPrepare(NpgsqlConnection connection, List<ILogWrite> writes)
    {
        _batch.Clear();
        try
        {
            // For example a name that the server does not accept: only the writes to that log shall fail.
            if (TryFind(connection, writes) is not null)
                writes.RemoveAll(write => !TryFindOne(connection, write));
        }
        catch (Exception exception)
        {
            _session.Abandon(inDoubt: false);
            writes.FailAll(sources.Report(exception), certain: true);
            return false;
        }

        writes.ForEach(write => _batch.Add(write, write.Log is { } log ? _session.Find(log) : 0));
        return true;
    }

    private bool TryFindOne(NpgsqlConnection connection, ILogWrite write)
    {
        if (TryFind(connection, [write]) is not { } failure)
            return true;

        write.Fail(sources.Report(failure), certain: true);
        return false;
    }

    /// <summary>Returns why the server refused, or null.</summary>
    private Exception? TryFind(NpgsqlConnection connection, List<ILogWrite> writes)
    {
        try
        {
            _session.FindAll(connection, writes);
            return null;
        }
        catch (Exception exception) when (PostgresFailure.IsRolledBack(exception))
        {
            return exception;
        }
    }

    /// <summary>The session is marked in doubt before callers are answered: their next reads must wait until it is settled.</summary>
    private void Fail(IReadOnlyList<ILogWrite> writes, Exception failure)
    {
        var certain = PostgresFailure.IsRolledBack(failure);
        if (!certain)
            _session.Abandon(inDoubt: true);

        writes.FailAll(sources.Report(failure), certain);
    }
}

/// <summary>Writes nothing: completes once the thread has a session whose predecessors have ended: their writes are decided.</summary>
internal sealed class FenceWrite(CancellationToken cancellationToken)
    : LogAction(null, cancellationToken, TaskCreationOptions.RunContinuationsAsynchronously);
