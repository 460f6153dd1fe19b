using OrleansShards.Core.Nodes;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// Replica groups. <c>join</c>, <c>leave</c> and <c>move</c> change which group is to have which shard: the primary decides, and the
/// cluster then migrates the shards. With <c>plan</c> the reply only says what would be migrated. <c>forget</c> ends a group.
/// </summary>
internal static class GroupHandlers
{
    internal static readonly Handler[] All =
    [
        Change("join", static fields => new JoinGroups(fields.Groups("gids"u8), fields.OptionalBoolean("plan"u8))),
        Change("leave", static fields => new LeaveGroups(fields.Groups("gids"u8), fields.OptionalBoolean("plan"u8))),
        new Handler<OfPrimary, GroupsForgotten>("forget") { Read = static (fields, _) => new(new ForgetGroups(fields.Groups("gids"u8))) },
        Change("move", static fields => new PinShard(fields.Shard(), fields.Group("gid"u8), fields.OptionalBoolean("plan"u8))),
        new Handler<OfMaster, HeartbeatReply>("heartbeat")
        {
            // Asked only of the master that was addressed: its answer is which master is the primary.
            Read = static (fields, destination) => new(new MasterName(destination.Value), new Heartbeat(fields.Group("gid"u8))),
            Write = static (_, reply, ref to) =>
            {
                to.Field("primary"u8, reply.Primary);
                to.Field("term"u8, reply.Term.Value);
            },
        },
    ];

    private static Handler<OfPrimary, Message> Change(string type, Func<BodyFields, Message> read) => new(type)
    {
        Read = (fields, _) => new(read(fields)),
        Write = WriteChange,
    };

    private static void WriteChange(OfPrimary asked, Message reply, ref ReplyWriter to)
    {
        if (reply is not MovePlan plan)
        {
            to.Field("epoch"u8, ((Rebalanced)reply).Epoch.Value);
            return;
        }

        to.Objects("moves"u8, plan.Moves, static (move, ref to) =>
        {
            to.Field("shard"u8, move.Shard);
            to.Field("source_gid"u8, move.Source);
            to.Field("target_gid"u8, move.Target);
            to.Field("bytes"u8, move.Bytes);
            to.Pause(move.PauseUs);
        });
    }
}
