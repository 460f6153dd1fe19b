using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage.Sqlite;

/// <summary>Writes a chunk of a checkpoint; the same one again replaces it.</summary>
internal sealed class PutChunkWrite(
    LogName name, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    : SqliteWrite<bool>(cancellationToken)
{
    public override bool Execute(SqliteTransaction transaction)
    {
        transaction.Connection
            .Prepared("insert or replace into chunks (log, idx, term, number, bytes) values (?1, ?2, ?3, ?4, ?5)")
            .Bind(1, transaction.FindOrCreate(name).Id)
            .Bind(2, checkpoint.Index.Value).Bind(3, checkpoint.Term.Value).Bind(4, number).Bind(5, chunk.Span)
            .Run();
        return true;
    }

    public override void Complete() => TrySetResult(true);
}
