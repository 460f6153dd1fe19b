using Npgsql;
using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage.Postgres;

/// <summary>Publishes a checkpoint if it is the newest, in one statement.</summary>
internal sealed class PublishWrite(
    LogName name, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken)
    : PostgresWrite<bool>(name, cancellationToken, TaskCreationOptions.RunContinuationsAsynchronously), IPostgresStep
{
    private bool _published;

    public override (ulong Index, ulong Term, int Number) Place => (checkpoint.Index.Value, checkpoint.Term.Value, 0);

    public int Kind => 1;

    public NpgsqlBatchCommand ToCommand(PostgresSql sql, long log) => new(sql.Publish)
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = log },
            new NpgsqlParameter<long> { TypedValue = (long)checkpoint.Index.Value },
            new NpgsqlParameter<long> { TypedValue = (long)checkpoint.Term.Value },
            new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = manifest },
        },
    };

    public bool Ran(int rows)
    {
        _published = rows == 1;
        return true;
    }

    public override void Complete() => TrySetResult(_published);
}
