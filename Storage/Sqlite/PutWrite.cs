using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage.Sqlite;

/// <summary>Puts a record if there is none: no row changed means that there was one.</summary>
internal sealed class PutWrite(
    LogName name, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    : SqliteWrite<(PutOutcome Outcome, string? Reason)>(cancellationToken)
{
    private bool _stored;

    public override bool Execute(SqliteTransaction transaction)
    {
        var log = transaction.FindOrCreate(name);
        log.MayGetRecord(index);
        transaction.Connection.Prepared(log.PutSql).Bind(1, index.Value).Bind(2, record.Span).Run();
        _stored = transaction.Connection.Changes == 1;
        return true;
    }

    public override void Complete() => TrySetResult(_stored
        ? (PutOutcome.Stored, null)
        : (PutOutcome.Occupied, $"Record {index} of log {name} is there already."));

    public override void Fail(string text, bool certain) =>
        TrySetResult((certain ? PutOutcome.NotStored : PutOutcome.Unknown, text));

    public override void Cancel() => TrySetResult((PutOutcome.NotStored, "The put was cancelled before it began."));
}
