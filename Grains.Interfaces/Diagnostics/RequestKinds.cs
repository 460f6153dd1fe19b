using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces.Diagnostics;

/// <summary>
/// The kinds of requests, as metrics and spans of silos and clients name them. Constants, so that a name allocates nothing.
/// </summary>
internal static class RequestKinds
{
    /// <summary>A request to a node, in the protocol's own word if it has one.</summary>
    internal static string Of(Message request) => request switch
    {
        KeyRequest onKey => Of(onKey.Command.Verb),
        SeedShard => "seed_shard",
        PrepareMigration => "prepare_migration",
        GetShardSnapshot => "get_shard_snapshot",
        ReceiveShard => "receive_shard",
        ConfirmReceived => "confirm_received",
        AbortMigration => "abort_migration",
        QueryAvailability => "shard_available",
        RelinquishShard => "relinquish_shard",
        CheckContent => "check_content",
        DiscardCopy => "discard_copy",
        QueryOwnership or QueryServing => "ask_copy",
        CreateCluster => "create_cluster",
        LocateShard or QueryShard => "locate_shard",
        ReportOwner => "report_owner",
        Heartbeat => "heartbeat",
        LogGrew => "log_grew",
        QueryShadowStatus => "shadow_status",
        TriggerFailover => "trigger_failover",
        Switchover => "switch_over",
        QueryConfig => "query_config",
        QueryClusterStatus => "cluster_status",
        JoinGroups => "join",
        LeaveGroups => "leave",
        ForgetGroups => "forget",
        PinShard => "move",
        MigrateShard => "migrate_shard",
        UndoMove => "undo_move",
        QueryMove => "migration_status",
        DriveMove => "drive_move",
        SealForMove => "seal_for_move",
        MoveReady => "move_ready",
        DecideMove => "decide_move",
        QueryMoveDecision => "ask_decision",
        QueryShardSize => "shard_size",
        CheckpointShard => "checkpoint_shard",
        RestoreShard => "restore_shard",
        EndRestore => "end_restore",
        ChangeRestore => "restore",
        _ => "other",
    };

    internal static string Of(KeyVerb verb) => verb switch
    {
        KeyVerb.Read => "read",
        KeyVerb.Write => "write",
        KeyVerb.CompareAndSet => "cas",
        KeyVerb.Delete => "delete",
    };
}
