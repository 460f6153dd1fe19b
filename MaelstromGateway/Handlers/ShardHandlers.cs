using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// Shards. A client that coordinates a hand-over asks the copies of the groups that it addresses, one step after the other. A migration
/// by the cluster is asked for once, and answered when it has ended.
/// </summary>
internal static class ShardHandlers
{
    internal static readonly Handler[] All =
    [
        new Handler<OfShard, ShardDone>("seed_shard")
        {
            Read = static (fields, group) => new(
                group, fields.Shard(), new SeedShard(fields.Object("data"u8), fields.OptionalObject("sessions"u8))),
        },
        OfCopy<ShardSnapshotReply>(
            "get_shard_snapshot",
            static _ => new GetShardSnapshot(),
            static (_, reply, ref to) => to.Field("snapshot"u8, reply.Snapshot)),
        OfCopy<ShardAvailability>(
            "is_shard_available",
            static _ => new QueryAvailability(),
            static (_, reply, ref to) => to.Field("available"u8, reply.Available)),
        OfCopy<ShardSnapshotReply>(
            "prepare_migration",
            static fields => new PrepareMigration(fields.Group("target_gid"u8)),
            static (asked, reply, ref to) =>
            {
                to.Field("target_gid"u8, ((PrepareMigration)asked.Request).Target);
                to.Field("snapshot"u8, reply.Snapshot);
            }),
        OfCopy<ShardDone>(
            "receive_shard", static fields => new ReceiveShard(fields.Object("snapshot"u8), fields.OptionalGroup("source_gid"u8))),
        OfCopy<ShardDone>("confirm_received", static _ => new ConfirmReceived()),
        OfCopy<ShardDone>("abort_migration", static _ => new AbortMigration()),
        new Handler<Move, MoveStatus>("migrate_shard")
        {
            Read = static (fields, _) => new(fields.Shard(), fields.Group("target_gid"u8)),
            Write = WriteEnded,
        },
        new Handler<Move, MoveStatus>("undo_move")
        {
            Read = static (fields, _) => new(fields.Shard(), Target: null),
            Write = WriteEnded,
        },
        new Handler<OfPrimary, MoveStatus>("migration_status")
        {
            Read = static (fields, _) => new(new QueryMove(fields.Shard())),
            Write = static (_, reply, ref to) => WriteMove(reply, ref to),
        },
    ];

    internal static void WriteMove(MoveStatus status, ref ReplyWriter to)
    {
        to.Field("shard"u8, status.Shard);
        to.Field("phase"u8, NameOf(status.Phase));
        to.Field("source_gid"u8, status.Source);
        to.Field("target_gid"u8, status.Target);
        to.Field("bytes_done"u8, status.BytesDone);
        to.Field("bytes_total"u8, status.BytesTotal);
    }

    /// <summary>A request to a group's copy of a shard; the ok-reply names the shard first.</summary>
    private static Handler<OfShard, TReply> OfCopy<TReply>(
        string type, Func<BodyFields, Message> read, WriteFields<OfShard, TReply>? write = null)
        where TReply : Message => new(type)
        {
            Read = (fields, group) => new(group, fields.Shard(), read(fields)),
            Write = (asked, reply, ref to) =>
            {
                to.Field("shard"u8, asked.Shard);
                write?.Invoke(asked, reply, ref to);
            },
        };

    private static void WriteEnded(Move asked, MoveStatus newest, ref ReplyWriter to)
    {
        // The target may have had the shard already, and the newest move be another one: then nothing was moved.
        bool isMoved = asked.Target is null || (newest.Phase == MovePhase.Committed && newest.Target == asked.Target);
        to.Field("shard"u8, asked.Shard);
        to.Field("source_gid"u8, isMoved ? newest.Source : asked.Target);
        to.Field("target_gid"u8, isMoved ? newest.Target : asked.Target);
        to.Field("keys"u8, isMoved ? newest.Keys : 0);
        to.Field("bytes"u8, isMoved ? newest.Bytes : 0);
        to.Pause(isMoved ? newest.PauseUs : 0);
    }

    private static string NameOf(MovePhase phase) => phase switch
    {
        MovePhase.None => "none",
        MovePhase.Copying => "copying",
        MovePhase.Frozen => "frozen",
        MovePhase.Committed => "committed",
        MovePhase.Aborted => "aborted",
    };
}
