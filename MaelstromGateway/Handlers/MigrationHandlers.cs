using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Envelopes;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// Shards that go to another group: handed over by a client, who asks each side's copy for one step after the other, or
/// moved by the cluster, which is asked once and answers at the end.
/// </summary>
internal static class MigrationHandlers
{
    internal static readonly Handler[] All =
    [
        new Handler<OfShard, ShardSnapshotReply>("prepare_migration")
        {
            Read = static (fields, group) => new(
                group, fields.Shard(), new PrepareMigration(fields.Group("target_gid"u8))),
            Write = static (asked, reply, ref to) =>
            {
                to.Field("shard"u8, asked.Shard);
                to.Field("target_gid"u8, ((PrepareMigration)asked.Request).Target);
                to.Field("snapshot"u8, reply.Snapshot);
            },
        },
        new Handler<OfShard, ShardDone>("receive_shard")
        {
            Read = static (fields, group) => new(
                group, fields.Shard(), new ReceiveShard(fields.Object("snapshot"u8), fields.OptionalGroup("source_gid"u8))),
            Write = static (asked, _, ref to) => to.Field("shard"u8, asked.Shard),
        },
        new Handler<OfShard, ShardDone>("confirm_received")
        {
            Read = static (fields, group) => new(group, fields.Shard(), new ConfirmReceived()),
            Write = static (asked, _, ref to) => to.Field("shard"u8, asked.Shard),
        },
        new Handler<OfShard, ShardDone>("abort_migration")
        {
            Read = static (fields, group) => new(group, fields.Shard(), new AbortMigration()),
            Write = static (asked, _, ref to) => to.Field("shard"u8, asked.Shard),
        },
        new Handler<Move, MoveStatus>("migrate_shard")
        {
            Read = static (fields, _) => new(fields.Shard(), fields.Group("target_gid"u8)),
            Write = WriteMove,
        },
        new Handler<Move, MoveStatus>("undo_move")
        {
            Read = static (fields, _) => new(fields.Shard(), Target: null),
            Write = WriteMove,
        },
        new Handler<OfPrimary, MoveStatus>("migration_status")
        {
            Read = static (fields, _) => new(new QueryMove(fields.Shard())),
            Write = static (_, reply, ref to) => to.MoveFields(reply),
        },
    ];

    private static void WriteMove(Move asked, MoveStatus newest, ref ReplyWriter to)
    {
        // The shard may be where it was to go by other means than its newest move: then nothing was moved.
        bool isMoved = asked.Target is null || (newest.Phase == MovePhase.Committed && newest.Target == asked.Target);
        to.Field("shard"u8, asked.Shard);
        to.Field("source_gid"u8, isMoved ? newest.Source : asked.Target);
        to.Field("target_gid"u8, isMoved ? newest.Target : asked.Target);
        to.Field("keys"u8, isMoved ? newest.Keys : 0);
        to.Field("bytes"u8, isMoved ? newest.Bytes : 0);
        to.PauseField(isMoved ? newest.PauseUs : 0);
    }
}
