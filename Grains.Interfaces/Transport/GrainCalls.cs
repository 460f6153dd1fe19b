using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Grains.Interfaces.Transport;

/// <summary>
/// Maps calls of nodes to calls of grains: addresses to grains, requests to methods. Master 0 of the cluster's definition is an
/// <see cref="IMasterGrain"/>, master 1 an <see cref="IShadowGrain"/>. Thread-safe.
/// </summary>
public sealed class GrainCalls(IGrainFactory grains, ClusterDefinition definition)
{
    // It may have come over the wire, too.
    private readonly ClusterDefinition _definition = MessageCheck.Whole(definition);
    private readonly ConcurrentDictionary<NodeAddress, IShardGrain> _shards = new();
    private readonly ConcurrentDictionary<string, IMasterRole> _masters = new(StringComparer.Ordinal);

    /// <summary>The key of a shard's grain: <c>GROUP/NUMBER</c>.</summary>
    public static string KeyOf(GroupId group, ShardId shard) => $"{group}/{shard}";

    /// <summary>The group and shard of a grain's key; false if it is not one.</summary>
    public static bool TryParseKey(string key, out GroupId group, out ShardId shard)
    {
        int slash = key.LastIndexOf('/');
        bool good = int.TryParse(key.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && slash > 0;
        group = new GroupId(good ? key[..slash] : "");
        shard = new ShardId(number);
        return good;
    }

    /// <summary>The grain of one of the cluster's masters.</summary>
    public IMasterRole Master(MasterName name) => _masters.GetOrAdd(name.Value, FindMaster);

    /// <summary>The grain of one group's copy of one shard.</summary>
    public IShardGrain Shard(GroupId group, ShardId shard) => Shard(NodeAddress.Of(group, shard));

    /// <summary>The front for a router; null where the silos are of a release that has none.</summary>
    public IShardFront? Front(string router)
    {
        try
        {
            return grains.GetGrain<IShardFront>(router);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// Calls a master or a shard of the cluster with one of the requests of the grains' interfaces. If it fails as grain calls
    /// do, the outcome is unknown.
    /// </summary>
    /// <exception cref="ArgumentException">No such node, or no such request; nothing was sent.</exception>
    /// <exception cref="MalformedMessageException">This release does not understand the answer.</exception>
    public async Task<Message> CallAsync(NodeAddress to, Message request) => MessageCheck.Whole<Message>(to.Kind switch
    {
        NodeKind.Shard => await Ask(Shard(to), request),
        NodeKind.Master when _definition.Has(new MasterName(to.Name)) => await Ask(Master(new MasterName(to.Name)), request),
        NodeKind.Master or NodeKind.Group or NodeKind.Client => throw new ArgumentException($"{to} cannot be called"),
    });

    private static Task<ShardReply> Ask(IShardGrain shard, Message request) => request switch
    {
        KeyRequest key => shard.OnKey(key),
        SeedShard seed => shard.Seed(seed),
        PrepareMigration prepare => shard.Prepare(prepare),
        GetShardSnapshot snapshot => shard.Snapshot(snapshot),
        ReceiveShard receive => shard.Receive(receive),
        ConfirmReceived confirm => shard.Confirm(confirm),
        AbortMigration abort => shard.Abort(abort),
        QueryAvailability availability => shard.Availability(availability),
        QueryOwnership ownership => shard.Ownership(ownership),
        RelinquishShard relinquish => shard.Relinquish(relinquish),
        CheckContent check => shard.CheckContent(check),
        DiscardCopy discard => shard.Discard(discard),
        QueryServing serving => shard.Serving(serving),
        DriveMove drive => shard.DriveMove(drive),
        SealForMove seal => shard.SealForMove(seal),
        MoveReady ready => shard.MoveReady(ready),
        QueryShardSize size => shard.Size(size),
        CheckpointShard checkpoint => shard.Checkpoint(checkpoint),
        RestoreShard restore => shard.Restore(restore),
        EndRestore end => shard.EndRestore(end),
        _ => throw new ArgumentException($"a shard is not asked for {request.GetType().Name}"),
    };

    private static Task<MasterReply> Ask(IMasterRole master, Message request) => request switch
    {
        CreateCluster create => master.Create(create),
        LocateShard locate => master.Locate(locate),
        QueryShard query => master.QueryShard(query),
        ReportOwner report => master.ReportOwner(report),
        Heartbeat heartbeat => master.Heartbeat(heartbeat),
        LogGrew grew => master.LogGrew(grew),
        QueryShadowStatus status => master.ShadowStatus(status),
        TriggerFailover trigger => master.TriggerFailover(trigger),
        Switchover change => master.Switchover(change),
        QueryConfig config => master.QueryConfig(config),
        QueryClusterStatus status => master.ClusterStatus(status),
        JoinGroups join => master.Join(join),
        LeaveGroups leave => master.Leave(leave),
        ForgetGroups forget => master.Forget(forget),
        ChangeRestore restore => master.Restore(restore),
        PinShard pin => master.Pin(pin),
        MigrateShard migrate => master.Migrate(migrate),
        UndoMove undo => master.UndoMove(undo),
        QueryMove query => master.QueryMove(query),
        DecideMove decide => master.DecideMove(decide),
        QueryMoveDecision query => master.QueryMoveDecision(query),
        _ => throw new ArgumentException($"a master is not asked for {request.GetType().Name}"),
    };

    private IShardGrain Shard(NodeAddress address) => _shards.GetOrAdd(
        address,
        static (address, grains) => grains.GetGrain<IShardGrain>(KeyOf(new GroupId(address.Name), new ShardId(address.Number))),
        grains);

    private IMasterRole FindMaster(string name) => _definition.Masters[0].Value == name
        ? grains.GetGrain<IMasterGrain>(name)
        : grains.GetGrain<IShadowGrain>(name);
}

/// <summary>Draws the numbers that tell runs of nodes apart.</summary>
public static class Runs
{
    /// <summary>A run that no other node of any process has: 64 random bits.</summary>
    public static Incarnation Draw() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
}
