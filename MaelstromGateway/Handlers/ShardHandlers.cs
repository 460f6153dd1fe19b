using OrleansShards.Core.Shards;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>What is asked of a shard's copy, which is the one of the group that the request is addressed to.</summary>
internal static class ShardHandlers
{
    internal static readonly Handler[] All =
    [
        new Handler<OfShard, ShardDone>("seed_shard")
        {
            Read = static (fields, group) => new(
                group, fields.Shard(), new SeedShard(fields.Object("data"u8), fields.OptionalObject("sessions"u8))),
        },
        new Handler<OfShard, ShardSnapshotReply>("get_shard_snapshot")
        {
            Read = static (fields, group) => new(group, fields.Shard(), new GetShardSnapshot()),
            Write = static (asked, reply, ref to) =>
            {
                to.Field("shard"u8, asked.Shard);
                to.Field("snapshot"u8, reply.Snapshot);
            },
        },
        new Handler<OfShard, ShardAvailability>("is_shard_available")
        {
            Read = static (fields, group) => new(group, fields.Shard(), new QueryAvailability()),
            Write = static (asked, reply, ref to) =>
            {
                to.Field("shard"u8, asked.Shard);
                to.Field("available"u8, reply.Available);
            },
        },
    ];
}
