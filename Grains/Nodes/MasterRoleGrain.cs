using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Utilities;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>A master. Whether it is the primary or the shadow is decided by the log.</summary>
internal abstract class MasterRoleGrain(NodeServices services, LocalMasters localMasters) : NodeGrain(services), IMasterRole
{
    // A subscription ends after this long unless it is renewed.
    private static readonly TimeSpan SubscriptionLimit = TimeSpan.FromSeconds(10);

    private readonly ObserverManager<IClusterObserver> _observers = new(SubscriptionLimit, services.Logger);
    private MasterTelemetry? _telemetry;

    protected override NodeAddress Address => NodeAddress.Of(new MasterName(this.GetPrimaryKeyString()));

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        MasterNode node = (MasterNode)Shell.Node;
        localMasters.Add(node, DeactivateOnIdle, MigrateOnIdle);
        _telemetry = new MasterTelemetry(Shell, Services.Metrics, new MasterJournal(node.State, Services.Logger), Services.Clock);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Null if the activation has failed.
        if (_telemetry is not null)
        {
            _telemetry.End();
            localMasters.Remove((MasterNode)Shell.Node);
        }

        await base.OnDeactivateAsync(reason, cancellationToken);
    }

    public Task<MasterReply> Create(CreateCluster request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Locate(LocateShard request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> QueryShard(QueryShard request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> ReportOwner(ReportOwner request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Heartbeat(Heartbeat request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> LogGrew(LogGrew request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> ShadowStatus(QueryShadowStatus request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> TriggerFailover(TriggerFailover request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Switchover(Switchover request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> QueryConfig(QueryConfig request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> ClusterStatus(QueryClusterStatus request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Join(JoinGroups request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Leave(LeaveGroups request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Forget(ForgetGroups request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Restore(ChangeRestore request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Pin(PinShard request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> Migrate(MigrateShard request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> UndoMove(UndoMove request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> QueryMove(QueryMove request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> DecideMove(DecideMove request) => Shell.Ask<MasterReply>(request);
    public Task<MasterReply> QueryMoveDecision(QueryMoveDecision request) => Shell.Ask<MasterReply>(request);
    public Task<SiloAddress> Silo() => Task.FromResult(localMasters.Silo);

    public Task Subscribe(IClusterObserver observer)
    {
        _observers.Subscribe(observer, observer);
        return Task.CompletedTask;
    }

    protected override void OnTick() => _telemetry?.Sample();

    protected override void OnPublished(Message notice)
    {
        Services.Notices.Post(notice);
        _ = _observers.Notify(observer => observer.Notice(notice));
    }
}

[GrainType("orleans-shards.master")]
[Reentrant, Immovable, KeepAlive, MasterPlacement]
internal sealed class MasterGrain(NodeServices services, LocalMasters localMasters) : MasterRoleGrain(services, localMasters), IMasterGrain;

[GrainType("orleans-shards.shadow")]
[Reentrant, Immovable, KeepAlive, MasterPlacement]
internal sealed class ShadowGrain(NodeServices services, LocalMasters localMasters) : MasterRoleGrain(services, localMasters), IShadowGrain;
