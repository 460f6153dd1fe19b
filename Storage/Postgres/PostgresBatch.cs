using Npgsql;
using OrleansShards.Storage.GroupCommit;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// Executes writes in one transaction and one round trip: the server commits a batch by itself at its end. So no transaction is
/// ever open while the server waits for this process.
/// </summary>
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
        else if (ToCommand(write, log) is { } command)
            _statements.Add(new(PlaceOf(write, log, _statements.Count), write, command));
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

        foreach (var (log, put) in _puts)
        {
            // Of several puts with one number, the first in the statement was stored.
            put.Ran(_stored.Remove((log, (long)put.Index.Value)) ? 1 : 0);
        }

        foreach (var statement in _statements)
            statement.Write.Ran((int)statement.Command.Rows);
    }

    /// <summary>
    /// Rows are locked in the same order everywhere, all puts in one statement and then kind by kind: otherwise two stores that
    /// race for the same records could deadlock.
    /// </summary>
    private void Fill(NpgsqlBatch batch)
    {
        if (_puts.Count > 0)
        {
            _puts.Sort(static (left, right) => (left.Log, left.Put.Index).CompareTo((right.Log, right.Put.Index)));
            batch.BatchCommands.Add(new(sql.Put)
            {
                Parameters =
                {
                    new NpgsqlParameter<long[]> { TypedValue = [.. _puts.Select(put => put.Log)] },
                    new NpgsqlParameter<long[]> { TypedValue = [.. _puts.Select(put => (long)put.Put.Index.Value)] },
                    new NpgsqlParameter<ReadOnlyMemory<byte>[]> { TypedValue = [.. _puts.Select(put => put.Put.Record)] },
                },
            });
        }

        _statements.Sort(static (left, right) => left.Place.CompareTo(right.Place));
        _statements.ForEach(statement => batch.BatchCommands.Add(statement.Command));
    }

    private static (int Kind, long Log, ulong Index, ulong Term, int Number, int At) PlaceOf(ILogWrite write, long log, int at) =>
        write switch
        {
            PublishWrite { Checkpoint: var to } => (1, log, to.Index.Value, to.Term.Value, 0, at),
            PutChunkWrite { Checkpoint: var to, Number: var number } => (2, log, to.Index.Value, to.Term.Value, number, at),
            DropChunksWrite => (3, log, 0, 0, 0, at),
            _ => (4, log, 0, 0, 0, at),
        };

    private NpgsqlBatchCommand? ToCommand(ILogWrite write, long log) => write switch
    {
        PublishWrite publish => new(sql.Publish)
        {
            Parameters =
            {
                Number(log), Number(publish.Checkpoint.Index.Value), Number(publish.Checkpoint.Term.Value), Bytes(publish.Manifest),
            },
        },
        PutChunkWrite chunk => new(sql.PutChunk)
        {
            Parameters =
            {
                Number(log), Number(chunk.Checkpoint.Index.Value), Number(chunk.Checkpoint.Term.Value),
                new NpgsqlParameter<int> { TypedValue = chunk.Number }, Bytes(chunk.Chunk),
            },
        },
        DropChunksWrite drop => new(sql.DropChunks)
        {
            Parameters = { Number(log), Number(drop.Below.Value), Number(drop.RowsAtOnce) },
        },
        DropWrite drop => new(sql.Drop)
        {
            Parameters =
            {
                Number(log), Number(drop.UpTo), new NpgsqlParameter<long[]> { TypedValue = drop.Kept }, Number(drop.RowsAtOnce),
            },
        },
        _ => null,
    };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Number(ulong value) => Number((long)value);

    private static NpgsqlParameter<ReadOnlyMemory<byte>> Bytes(ReadOnlyMemory<byte> value) => new() { TypedValue = value };

    private readonly record struct Statement(
        (int Kind, long Log, ulong Index, ulong Term, int Number, int At) Place, ILogWrite Write, NpgsqlBatchCommand Command);
}
