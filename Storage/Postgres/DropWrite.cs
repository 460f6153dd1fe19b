using Npgsql;
using OrleansShards.Core;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// Drops records from the lowest on, some hundreds a transaction: other logs' drops and chunks come in between.
/// </summary>
internal sealed class DropWrite(
    LogName name, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken)
    : PostgresWrite<bool>(name, cancellationToken), IPostgresStep
{
    private const int RowsAtOnce = 512;

    private readonly long[] _kept =
        [.. keep.Select(index => index.Value).Where(index => index <= upTo.Value && index <= LogStoreArgument.IndexMax)
            .Select(index => (long)index)];

    public int Kind => 4;

    public NpgsqlBatchCommand ToCommand(PostgresSql sql, long log) => new(sql.Drop)
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = log },
            new NpgsqlParameter<long> { TypedValue = (long)Math.Min(upTo.Value, LogStoreArgument.IndexMax) },
            new NpgsqlParameter<long[]> { TypedValue = _kept },
            new NpgsqlParameter<long> { TypedValue = RowsAtOnce },
        },
    };

    public bool Ran(int rows) => rows < RowsAtOnce;

    public override void Complete() => TrySetResult(true);
}
