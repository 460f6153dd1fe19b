using Npgsql;
using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage.Postgres;

/// <summary>Writes a chunk of a checkpoint; the same one again replaces it.</summary>
internal sealed class PutChunkWrite(
    LogName name, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    : PostgresWrite<bool>(name, cancellationToken), IPostgresStep
{
    public override (ulong Index, ulong Term, int Number) Place => (checkpoint.Index.Value, checkpoint.Term.Value, number);

    public int Kind => 2;

    public NpgsqlBatchCommand ToCommand(PostgresSql sql, long log) => new(sql.PutChunk)
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = log },
            new NpgsqlParameter<long> { TypedValue = (long)checkpoint.Index.Value },
            new NpgsqlParameter<long> { TypedValue = (long)checkpoint.Term.Value },
            new NpgsqlParameter<int> { TypedValue = number },
            new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = chunk },
        },
    };

    public bool Ran(int rows) => true;

    public override void Complete() => TrySetResult(true);
}
