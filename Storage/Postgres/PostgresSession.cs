using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Postgres;

/// <summary>One writer's connection, made anew where it was lost. Used by one thread.</summary>
/// <remarks>
/// <para>A transaction whose connection is lost may still be at work in the server, and commit at any later time. To
/// say then that a record is not there would be wrong a moment afterwards. So each of a writer's sessions holds the same
/// lock, which the server lets go when the session has ended: the next session ends the one before it, and is used only
/// once it has the lock. From then on everything that was in doubt is decided, and reads tell.</para>
/// <para>1. Session A has sent a put and loses its connection. 2. The put is answered as unknown; reads wait. 3. Session
/// B asks the server to end A, and waits for the lock. 4. A commits or rolls back, and ends. 5. B has the lock; reads go
/// on, and see what A did.</para>
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

    /// <summary>Whether a predecessor may still be at work. For any thread.</summary>
    internal bool IsInDoubt => _isInDoubt;

    /// <summary>The connection, made now where there is none; null where that fails.</summary>
    internal NpgsqlConnection? Connect(out string refusal)
    {
        refusal = "";
        if (_connection is not null)
            return _connection;

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
            refusal = _refusal = PostgresFailure.TextFor(sources.Place, exception);
            _refusedAt = Stopwatch.GetTimestamp();
            return null;
        }
    }

    /// <summary>
    /// Looks the numbers of logs up; those that are not there are created, in a transaction of their own. After a start
    /// there are many to look up at once.
    /// </summary>
    /// <remarks>Throws what the server says; then they are looked up one by one, to see whose name it does not take.</remarks>
    internal void FindAll(NpgsqlConnection connection, IEnumerable<ILogWrite> writes)
    {
        var unknown = writes.Select(write => write.Log).OfType<LogName>().Where(log => !_logs.ContainsKey(log)).ToHashSet();
        for (var create = false; unknown.Count > 0; create = true)
        {
            // In one order, like every row. Whoever else creates one at the same time wins or loses; then it is there.
            var names = unknown.Select(log => log.Value).Order(StringComparer.Ordinal).ToArray();
            if (create)
                Run(connection, sql.CreateLogs, names);

            using var command = Command(connection, sql.FindLogs, names);
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

    /// <summary>The connection is not used any more.</summary>
    /// <param name="inDoubt">Whether it may have a transaction that is not decided.</param>
    internal void Abandon(bool inDoubt)
    {
        _isInDoubt |= inDoubt;
        _connection?.Dispose();
        _connection = null;

        // The next server may be another one, or have been restored from a copy.
        _logs.Clear();
    }

    public void Dispose() => Abandon(inDoubt: false);

    private NpgsqlConnection Open()
    {
        var connection = sources.Writers.OpenConnection();
        try
        {
            Run(connection, EndPredecessor, _lock);
            Run(connection, "select pg_advisory_lock($1)", _lock);
            PostgresSchema.Check(connection, sql.Schema);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Run<TParameter>(NpgsqlConnection connection, string sql, TParameter parameter)
    {
        using var command = Command(connection, sql, parameter);
        command.ExecuteNonQuery();
    }

    private static NpgsqlCommand Command<TParameter>(NpgsqlConnection connection, string sql, TParameter parameter) =>
        new(sql, connection) { Parameters = { new NpgsqlParameter<TParameter> { TypedValue = parameter } } };
}
