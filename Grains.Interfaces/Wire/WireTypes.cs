using Orleans.Serialization.Cloning;
using Orleans.Serialization.Configuration;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces.Wire;

[assembly: TypeManifestProvider(typeof(WireTypes))]

namespace OrleansShards.Grains.Interfaces.Wire;

/// <summary>
/// The names under which Core's types cross a grain call, and that they need no copy where the call stays in its silo.
/// </summary>
/// <remarks>
/// <para>Core knows nothing of Orleans. What crosses a call has a surrogate in this folder that lists its fields by
/// number, and a converter. The surrogates themselves have no name on the wire.</para>
/// <para>The wire outlives a version: silos and clients are replaced one at a time. A name here never changes and is
/// never used again, whatever the type is called; a field's id and type never change; a new field is appended with a
/// new id, and its default value means what the messages of the version before meant. An older reader skips what it
/// does not know. A new value of an enum, a new message: an older reader refuses it
/// (<see cref="MalformedMessageException"/> or an unknown type), so it is sent only when all can read it.</para>
/// </remarks>
internal sealed class WireTypes : TypeManifestProviderBase
{
    /// <inheritdoc />
    protected override void ConfigureInner(TypeManifestOptions typeManifest)
    {
        AddMasterRequests(typeManifest);
        AddMasterReplies(typeManifest);
        AddShardRequests(typeManifest);
        AddShardReplies(typeManifest);
        AddMoves(typeManifest);

        // What has no name of its own on the wire: an abstract message, and a text within a message.
        typeManifest.Copiers.Add(typeof(ShallowCopier<Message>));
        typeManifest.Copiers.Add(typeof(ShallowCopier<HandOverStep>));
        typeManifest.Copiers.Add(typeof(ShallowCopier<JsonText>));
    }

    private static void AddMasterRequests(TypeManifestOptions manifest)
    {
        Add<ClusterDefinition>(manifest, "OrleansShards.ClusterDefinition");
        Add<FoundCluster>(manifest, "OrleansShards.FoundCluster");
        Add<LocateShard>(manifest, "OrleansShards.LocateShard");
        Add<QueryShard>(manifest, "OrleansShards.QueryShard");
        Add<ReportOwner>(manifest, "OrleansShards.ReportOwner");
        Add<Heartbeat>(manifest, "OrleansShards.Heartbeat");
        Add<LogGrew>(manifest, "OrleansShards.LogGrew");
        Add<QueryShadowStatus>(manifest, "OrleansShards.QueryShadowStatus");
        Add<TriggerFailover>(manifest, "OrleansShards.TriggerFailover");
        Add<SwitchOver>(manifest, "OrleansShards.SwitchOver");
        Add<QueryConfig>(manifest, "OrleansShards.QueryConfig");
        Add<QueryClusterStatus>(manifest, "OrleansShards.QueryClusterStatus");
    }

    private static void AddMasterReplies(TypeManifestOptions manifest)
    {
        Add<NotPrimary>(manifest, "OrleansShards.NotPrimary");
        Add<MasterRefusal>(manifest, "OrleansShards.MasterRefusal");
        Add<MasterUnknown>(manifest, "OrleansShards.MasterUnknown");
        Add<ClusterFounded>(manifest, "OrleansShards.ClusterFounded");
        Add<ShardOwner>(manifest, "OrleansShards.ShardOwner");
        Add<HeartbeatReply>(manifest, "OrleansShards.HeartbeatReply");
        Add<ShadowProgress>(manifest, "OrleansShards.ShadowProgress");
        Add<ShadowStatusReply>(manifest, "OrleansShards.ShadowStatusReply");
        Add<FailoverReply>(manifest, "OrleansShards.FailoverReply");
        Add<SwitchOverReply>(manifest, "OrleansShards.SwitchOverReply");
        Add<ConfigReply>(manifest, "OrleansShards.ConfigReply");
        Add<ClusterStatusReply>(manifest, "OrleansShards.ClusterStatusReply");
        Add<MasterStatus>(manifest, "OrleansShards.MasterStatus");
        Add<TakeoverRecord>(manifest, "OrleansShards.TakeoverRecord");
        Add<PrimaryChanged>(manifest, "OrleansShards.PrimaryChanged");
        Add<ShardMoved>(manifest, "OrleansShards.ShardMoved");
    }

    private static void AddShardRequests(TypeManifestOptions manifest)
    {
        Add<KeyRequest>(manifest, "OrleansShards.KeyRequest");
        Add<SeedShard>(manifest, "OrleansShards.SeedShard");
        Add<QueryStanding>(manifest, "OrleansShards.QueryStanding");
        Add<PrepareMigration>(manifest, "OrleansShards.PrepareMigration");
        Add<GetShardSnapshot>(manifest, "OrleansShards.GetShardSnapshot");
        Add<ReceiveShard>(manifest, "OrleansShards.ReceiveShard");
        Add<ConfirmReceived>(manifest, "OrleansShards.ConfirmReceived");
        Add<AbortMigration>(manifest, "OrleansShards.AbortMigration");
        Add<QueryAvailability>(manifest, "OrleansShards.QueryAvailability");
        Add<YieldShard>(manifest, "OrleansShards.YieldShard");
        Add<CheckContent>(manifest, "OrleansShards.CheckContent");
        Add<DiscardCopy>(manifest, "OrleansShards.DiscardCopy");
        Add<QueryServing>(manifest, "OrleansShards.QueryServing");
    }

    private static void AddShardReplies(TypeManifestOptions manifest)
    {
        Add<KeyReply>(manifest, "OrleansShards.KeyReply");
        Add<ShardRefusal>(manifest, "OrleansShards.ShardRefusal");
        Add<ShardUnknown>(manifest, "OrleansShards.ShardUnknown");
        Add<ShardDone>(manifest, "OrleansShards.ShardDone");
        Add<ShardSnapshotReply>(manifest, "OrleansShards.ShardSnapshotReply");
        Add<ShardAvailability>(manifest, "OrleansShards.ShardAvailability");
        Add<StandingReply>(manifest, "OrleansShards.StandingReply");
        Add<Yielded>(manifest, "OrleansShards.Yielded");
        Add<ServingReply>(manifest, "OrleansShards.ServingReply");
    }

    private static void AddMoves(TypeManifestOptions manifest)
    {
        Add<JoinGroups>(manifest, "OrleansShards.JoinGroups");
        Add<LeaveGroups>(manifest, "OrleansShards.LeaveGroups");
        Add<PinShard>(manifest, "OrleansShards.PinShard");
        Add<MigrateShard>(manifest, "OrleansShards.MigrateShard");
        Add<UndoMove>(manifest, "OrleansShards.UndoMove");
        Add<QueryMove>(manifest, "OrleansShards.QueryMove");
        Add<Rebalanced>(manifest, "OrleansShards.Rebalanced");
        Add<MovePlan>(manifest, "OrleansShards.MovePlan");
        Add<PlannedMove>(manifest, "OrleansShards.PlannedMove");
        Add<MoveStatus>(manifest, "OrleansShards.MoveStatus");
        Add<DriveMove>(manifest, "OrleansShards.DriveMove");
        Add<MoveProgress>(manifest, "OrleansShards.MoveProgress");
        Add<MoveReceipt>(manifest, "OrleansShards.MoveReceipt");
        Add<SealForMove>(manifest, "OrleansShards.SealForMove");
        Add<MoveSealed>(manifest, "OrleansShards.MoveSealed");
        Add<MoveReady>(manifest, "OrleansShards.MoveReady");
        Add<MoveDecided>(manifest, "OrleansShards.MoveDecided");
        Add<SettleMove>(manifest, "OrleansShards.SettleMove");
        Add<QueryMoveDecision>(manifest, "OrleansShards.QueryMoveDecision");
        Add<MoveOpen>(manifest, "OrleansShards.MoveOpen");
        Add<QueryShardSize>(manifest, "OrleansShards.QueryShardSize");
        Add<ShardSize>(manifest, "OrleansShards.ShardSize");
    }

    private static void Add<T>(TypeManifestOptions manifest, string name)
    {
        manifest.WellKnownTypeAliases.Add(name, typeof(T));
        manifest.Copiers.Add(typeof(ShallowCopier<T>));
    }
}
