using Npgsql;
using OrleansShards.Storage.GroupCommit;
using static OrleansShards.Storage.Postgres.PostgresSql;

namespace OrleansShards.Storage.Postgres;

/// <summary>Executes writes in one transaction and one round trip, so that none is open while the server waits for this process.</summary>
internal sealed class PostgresBatch(PostgresSql sql)
{
    private readonly List<(long Log, PutWrite Put)> _puts = [];
    private readonly List<Statement> _statements = [];
    private readonly HashSet<(long Log, long Index)> _stored = [];

    internal void Clear()
    {
        _puts.Clear();
        _statements.Clear();
    }

    internal void Add(ILogWrite write, long log)
    {
        if (write is PutWrite put)
            _puts.Add((log, put));
        else if (ToStatement(write, log) is { } statement)
            _statements.Add(statement);
    }

    /// <summary>Returns once all is durable, and every write knows how many rows it has changed.</summary>
    internal void Run(NpgsqlConnection connection)
    {
        if (_puts.Count == 0 && _statements.Count == 0)
            return;

        using var batch = new NpgsqlBatch(connection);
        Fill(batch);
        using (var reader = batch.ExecuteReader())
        {
            _stored.Clear();
            while (_puts.Count > 0 && reader.Read())
                _stored.Add((reader.GetInt64(0), reader.GetInt64(1)));

            // Read to the end: the commit's own failure comes last.
            while (reader.NextResult())
            {
            }
        }

        // Of several puts with one number, the first in the statement was stored.
        foreach (var (log, put) in _puts)
            put.Ran(_stored.Remove((log, (long)put.Index.Value)) ? 1 : 0);

        foreach (var statement in _statements)
            statement.Write.Ran((int)statement.Command.Rows);
    }

    // Rows are locked in the same order everywhere, all puts in one statement and then kind by kind: otherwise two stores could deadlock.
    private void Fill(NpgsqlBatch batch)
    {
        if (_puts.Count > 0)
        {
            _puts.Sort(static (left, right) => (left.Log, left.Put.Index).CompareTo((right.Log, right.Put.Index)));
            batch.BatchCommands.Add(BatchCommand(
                sql.Put,
                Value(_puts.Select(put => put.Log).ToArray()),
                Value(_puts.Select(put => (long)put.Put.Index.Value).ToArray()),
                Value(_puts.Select(put => put.Put.Record).ToArray())));
        }

        foreach (var statement in _statements.OrderBy(statement => statement.Place))
            batch.BatchCommands.Add(statement.Command);
    }

    private Statement? ToStatement(ILogWrite write, long log) => write switch
    {
        PublishWrite { Checkpoint: var to } publish => new(
            (1, log, to.Index.Value, to.Term.Value, 0), write,
            BatchCommand(sql.Publish, Value(log), Value(to.Index.Value), Value(to.Term.Value), Value(publish.Manifest))),
        PutChunkWrite { Checkpoint: var to, Number: var number } put => new(
            (2, log, to.Index.Value, to.Term.Value, number), write,
            BatchCommand(sql.PutChunk, Value(log), Value(to.Index.Value), Value(to.Term.Value), Value(number), Value(put.Chunk))),
        DropChunksWrite drop => new(
            (3, log, 0, 0, 0), write,
            BatchCommand(sql.DropChunks, Value(log), Value(drop.Below.Value), Value((long)drop.RowsAtOnce))),
        DropWrite drop => new(
            (4, log, 0, 0, 0), write,
            BatchCommand(sql.Drop, Value(log), Value(drop.UpTo), Value(drop.Kept), Value((long)drop.RowsAtOnce))),
        _ => null,
    };

    private readonly record struct Statement(
        (int Kind, long Log, ulong Index, ulong Term, int Number) Place, ILogWrite Write, NpgsqlBatchCommand Command);
}
