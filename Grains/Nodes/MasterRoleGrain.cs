using Orleans.Utilities;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>A master, primary or shadow as the log says.</summary>
internal abstract class MasterRoleGrain : NodeGrain, IMasterRole
{
    /// <summary>How long a subscription holds.</summary>
    private static readonly TimeSpan SubscriptionLimit = TimeSpan.FromSeconds(10);

    private readonly ObserverManager<IClusterObserver> _observers;
    private readonly MasterSeats _seats;
    private MasterTelemetry? _telemetry;

    protected MasterRoleGrain(NodeServices services, MasterSeats seats)
        : base(services)
    {
        _observers = new ObserverManager<IClusterObserver>(SubscriptionLimit, services.Logger);
        _seats = seats;
    }

    /// <inheritdoc />
    protected override NodeAddress Address => NodeAddress.Of(new MasterName(this.GetPrimaryKeyString()));

    /// <inheritdoc />
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _seats.Take((MasterNode)Shell.Node, DeactivateOnIdle, MigrateOnIdle);
        _telemetry = new MasterTelemetry(Shell, Services.Metrics, Services.Clock);
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (HasShell)
        {
            _seats.Leave((MasterNode)Shell.Node);
        }

        await base.OnDeactivateAsync(reason, cancellationToken);
    }

    public Task<Message> Found(FoundCluster request) => Shell.Ask(request);

    public Task<Message> Locate(LocateShard request) => Shell.Ask(request);

    public Task<Message> QueryShard(QueryShard request) => Shell.Ask(request);

    public Task<Message> ReportOwner(ReportOwner request) => Shell.Ask(request);

    public Task<Message> Heartbeat(Heartbeat request) => Shell.Ask(request);

    public Task<Message> LogGrew(LogGrew request) => Shell.Ask(request);

    public Task<Message> ShadowStatus(QueryShadowStatus request) => Shell.Ask(request);

    public Task<Message> TriggerFailover(TriggerFailover request) => Shell.Ask(request);

    public Task<Message> SwitchOver(SwitchOver request) => Shell.Ask(request);

    public Task<Message> QueryConfig(QueryConfig request) => Shell.Ask(request);

    public Task<Message> ClusterStatus(QueryClusterStatus request) => Shell.Ask(request);

    public Task<Message> Join(JoinGroups request) => Shell.Ask(request);

    public Task<Message> Leave(LeaveGroups request) => Shell.Ask(request);

    public Task<Message> Pin(PinShard request) => Shell.Ask(request);

    public Task<Message> Migrate(MigrateShard request) => Shell.Ask(request);

    public Task<Message> UndoMove(UndoMove request) => Shell.Ask(request);

    public Task<Message> QueryMove(QueryMove request) => Shell.Ask(request);

    public Task<Message> SettleMove(SettleMove request) => Shell.Ask(request);

    public Task<Message> QueryMoveDecision(QueryMoveDecision request) => Shell.Ask(request);

    public Task<SiloAddress> Seat() => Task.FromResult(_seats.Silo);

    public Task Subscribe(IClusterObserver observer)
    {
        _observers.Subscribe(observer, observer);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    protected override void Ticked() => _telemetry?.Look();

    /// <inheritdoc />
    protected override void Publish(Message notice)
    {
        Services.Notices.Post(notice);
        _ = _observers.Notify(observer => observer.Notice(notice));
    }
}
