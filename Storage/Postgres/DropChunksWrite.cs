using Npgsql;
using OrleansShards.Core;

namespace OrleansShards.Storage.Postgres;

/// <summary>Deletes the chunks of the checkpoints below one, some at a time.</summary>
internal sealed class DropChunksWrite(LogName name, LogIndex below)
    : PostgresWrite<bool>(name, CancellationToken.None, TaskCreationOptions.RunContinuationsAsynchronously), IPostgresStep
{
    // A chunk is far larger than a record.
    private const int ChunksAtOnce = 8;

    public int Kind => 3;

    public NpgsqlBatchCommand ToCommand(PostgresSql sql, long log) => new(sql.DropChunks)
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = log },
            new NpgsqlParameter<long> { TypedValue = (long)below.Value },
            new NpgsqlParameter<long> { TypedValue = ChunksAtOnce },
        },
    };

    public bool Ran(int rows) => rows < ChunksAtOnce;

    public override void Complete() => TrySetResult(true);
}
