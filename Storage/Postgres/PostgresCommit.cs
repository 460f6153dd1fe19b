using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// Carries writes out in one transaction and one round trip: what is sent as a batch, the server commits by itself at
/// its end. So no transaction is ever open while the server waits for this process.
/// </summary>
internal sealed class PostgresCommit(PostgresSql sql)
{
    private readonly List<(long Log, PutWrite Put)> _puts = [];
    private readonly List<(long Log, IPostgresStep Step, int At)> _steps = [];
    private readonly HashSet<(long Log, long Index)> _stored = [];

    internal void Clear()
    {
        _puts.Clear();
        _steps.Clear();
    }

    internal void Add(IPostgresWrite write, long log)
    {
        if (write is PutWrite put)
        {
            _puts.Add((log, put));
        }
        else if (write is IPostgresStep step)
        {
            _steps.Add((log, step, _steps.Count));
        }
    }

    /// <summary>Returns once all is durable.</summary>
    /// <returns>The steps that have more to do in a later transaction.</returns>
    internal List<IPostgresWrite> Run(NpgsqlConnection connection)
    {
        using var batch = new NpgsqlBatch(connection);
        Fill(batch);
        if (batch.BatchCommands.Count == 0)
        {
            return [];
        }

        using (var reader = batch.ExecuteReader())
        {
            _stored.Clear();
            while (_puts.Count > 0 && reader.Read())
            {
                _stored.Add((reader.GetInt64(0), reader.GetInt64(1)));
            }

            // To the very end: the commit's own failure comes last.
            while (reader.NextResult())
            {
            }
        }

        foreach (var (log, put) in _puts)
        {
            // Of several with one number the first in the statement was stored.
            put.IsStored = _stored.Remove((log, (long)put.Place.Index));
        }

        var unfinished = new List<IPostgresWrite>();
        for (var at = 0; at < _steps.Count; at++)
        {
            var command = batch.BatchCommands[at + (_puts.Count > 0 ? 1 : 0)];
            if (!_steps[at].Step.Ran((int)command.Rows))
            {
                unfinished.Add(_steps[at].Step);
            }
        }

        return unfinished;
    }

    private void Fill(NpgsqlBatch batch)
    {
        if (_puts.Count > 0)
        {
            batch.BatchCommands.Add(PutAll());
        }

        _steps.Sort(static (left, right) =>
            (left.Step.Kind, left.Log, left.Step.Place, left.At).CompareTo((right.Step.Kind, right.Log, right.Step.Place, right.At)));
        foreach (var (log, step, _) in _steps)
        {
            batch.BatchCommands.Add(step.ToCommand(sql, log));
        }
    }

    private NpgsqlBatchCommand PutAll()
    {
        // Rows are locked in one order everywhere: else two stores that race for the same records could wait for each
        // other.
        _puts.Sort(static (left, right) => (left.Log, left.Put.Place.Index).CompareTo((right.Log, right.Put.Place.Index)));
        return new NpgsqlBatchCommand(sql.Put)
        {
            Parameters =
            {
                new NpgsqlParameter<long[]> { TypedValue = [.. _puts.Select(put => put.Log)] },
                new NpgsqlParameter<long[]> { TypedValue = [.. _puts.Select(put => (long)put.Put.Place.Index)] },
                new NpgsqlParameter<ReadOnlyMemory<byte>[]> { TypedValue = [.. _puts.Select(put => put.Put.Record)] },
            },
        };
    }
}
