using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// Publishes a checkpoint in one transaction, and deletes older ones' chunks, some at a time, in those that follow.
/// </summary>
internal sealed class PublishWrite(
    LogName name, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken)
    : SqliteWrite<bool>(cancellationToken)
{
    // A chunk is far larger than a record.
    private const int ChunksAtOnce = 8;

    private bool _published;

    public override bool Execute(SqliteTransaction transaction)
    {
        var log = transaction.FindOrCreate(name);
        if (_published)
        {
            return DeleteOlderChunks(transaction.Connection, log);
        }

        if (checkpoint.Index <= transaction.CheckpointIndexOf(log))
        {
            return true;
        }

        transaction.Publish(log, checkpoint.Index);
        transaction.Connection
            .Prepared("insert or replace into checkpoints (log, idx, term, manifest) values (?1, ?2, ?3, ?4)")
            .Bind(1, log.Id).Bind(2, checkpoint.Index.Value).Bind(3, checkpoint.Term.Value).Bind(4, manifest.Span).Run();
        _published = true;
        return false;
    }

    public override void Complete() => TrySetResult(_published);

    private bool DeleteOlderChunks(SqliteConnection connection, SqliteLog log)
    {
        connection
            .Prepared(
                """
                delete from chunks where (log, idx, term, number) in
                    (select log, idx, term, number from chunks where log = ?1 and idx < ?2 limit ?3)
                """)
            .Bind(1, log.Id).Bind(2, checkpoint.Index.Value).Bind(3, ChunksAtOnce).Run();
        return connection.Changes < ChunksAtOnce;
    }
}
