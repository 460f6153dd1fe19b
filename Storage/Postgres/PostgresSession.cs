using System.Data;
using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using OrleansShards.Storage.GroupCommit;
using static OrleansShards.Storage.Postgres.PostgresSql;

namespace OrleansShards.Storage.Postgres;

/// <summary>A commit thread's connection, reopened after it was lost. Used by one thread.</summary>
/// <remarks>
/// <para>A transaction whose connection is lost may still run in the server and commit at any later time; until then no
/// read may say that its record does not exist. So all sessions of a commit thread take the same advisory lock, which the
/// server releases when a session has ended. A new session ends its predecessor, and is used only once it holds the
/// lock: from then on all doubtful writes are decided, and reads show the outcome.</para>
/// <para>1. Session A sends a put and loses its connection. 2. The put is answered as unknown; reads wait. 3. Session B asks the server
/// to end A, and waits for the lock. 4. A commits or rolls back, and ends. 5. B gets the lock; reads continue, and see what A did.</para>
/// </remarks>
internal sealed class PostgresSession(PostgresLogStoreOptions options, PostgresSources sources, PostgresSql sql) : IDisposable
{
    private const string EndPredecessor =
        """
        select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and granted and pid <> pg_backend_pid() and objsubid = 1
            and database = (select oid from pg_database where datname = current_database())
            and classid::bigint = ($1 >> 32) and objid::bigint = ($1 & 4294967295)
        """;

    // Ours alone: 63 random bits.
    private readonly long _lock = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue;
    private readonly Dictionary<LogName, long> _logs = [];
    private NpgsqlConnection? _connection;
    private string? _refusal;
    private long _refusedAt;
    private volatile bool _isInDoubt;

    /// <summary>Whether a predecessor's transaction may still be running. For any thread.</summary>
    internal bool IsInDoubt => _isInDoubt;

    /// <summary>Returns the connection, opened if necessary; null if that fails.</summary>
    internal NpgsqlConnection? Connect(out string refusal)
    {
        refusal = "";
        if (_connection is { State: ConnectionState.Open })
            return _connection;

        // Npgsql closes a connection whose server is short of something, for example of disk space. What was sent on it was rolled back.
        Abandon(inDoubt: false);
        if (_refusal is not null && Stopwatch.GetElapsedTime(_refusedAt).TotalMilliseconds < options.ReconnectPauseMs)
        {
            refusal = _refusal;
            return null;
        }

        try
        {
            _connection = Open();
            (_refusal, _isInDoubt) = (null, false);
            return _connection;
        }
        catch (Exception exception)
        {
            refusal = _refusal = sources.Report(exception);
            _refusedAt = Stopwatch.GetTimestamp();
            return null;
        }
    }

    /// <summary>
    /// Looks up the logs' numbers, and creates missing ones in a separate transaction. After a start there are many to look up
    /// at once. Throws the server's failure; the caller then looks them up one by one, to find the name that it refuses.
    /// </summary>
    internal void FindAll(NpgsqlConnection connection, IEnumerable<ILogWrite> writes)
    {
        var unknown = writes.Select(write => write.Log).OfType<LogName>().Where(log => !_logs.ContainsKey(log)).ToHashSet();
        for (var create = false; unknown.Count > 0; create = true)
        {
            // In one order, like all rows. If another process creates one concurrently, either wins; then it exists.
            var names = unknown.Select(log => log.Value).Order(StringComparer.Ordinal).ToArray();
            if (create)
                Run(connection, sql.CreateLogs, Value(names));

            using var command = Command(connection, sql.FindLogs, Value(names));
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var log = new LogName(reader.GetString(0));
                _logs[log] = reader.GetInt64(1);
                unknown.Remove(log);
            }
        }
    }

    /// <summary>A log's number, once <see cref="FindAll"/> has looked it up.</summary>
    internal long Find(LogName log) => _logs[log];

    /// <summary>Gives up the connection; <paramref name="inDoubt"/> if it may have an undecided transaction.</summary>
    internal void Abandon(bool inDoubt)
    {
        _isInDoubt |= inDoubt;
        _connection?.Dispose();
        _connection = null;

        // The next server may be another one, or restored from a copy.
        _logs.Clear();
    }

    public void Dispose() => Abandon(inDoubt: false);

    private NpgsqlConnection Open()
    {
        var connection = sources.Writers.OpenConnection();
        try
        {
            Run(connection, EndPredecessor, Value(_lock));
            Run(connection, "select pg_advisory_lock($1)", Value(_lock));
            PostgresSchema.Check(connection, sql.Schema);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Run(NpgsqlConnection connection, string sql, NpgsqlParameter value)
    {
        using var command = Command(connection, sql, value);
        command.ExecuteNonQuery();
    }
}
