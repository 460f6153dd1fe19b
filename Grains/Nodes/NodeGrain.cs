using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Grains.Nodes;

/// <summary>A grain that is a node's shell and nothing else.</summary>
/// <param name="services">What the silo's grains share.</param>
internal abstract class NodeGrain(NodeServices services) : Grain
{
    private NodeShell? _shell;
    private IDisposable? _ticks;

    /// <summary>The shell; there from the activation on.</summary>
    protected NodeShell Shell => _shell!;

    /// <summary>Whether the activation came as far as to have one.</summary>
    protected bool HasShell => _shell is not null;

    /// <summary>What the silo's grains share.</summary>
    protected NodeServices Services => services;

    /// <summary>Which node this is, by the grain's key.</summary>
    protected abstract NodeAddress Address { get; }

    /// <inheritdoc />
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var (nodes, calls, store) = await services.ReadyAsync(cancellationToken);
        INode node = nodes.Create(Address, Runs.Draw())
            ?? throw new InvalidOperationException($"there is no {Address}: the cluster was not started with it");
        _shell = new NodeShell(node, new ShellContext
        {
            Store = store,
            Calls = calls,
            Notices = services.Notices,
            Metrics = services.Metrics,
            Clock = services.Clock,
            Logger = services.Logger,
            Publish = Publish,
            Stopped = DeactivateOnIdle,
        });
        _shell.Start();
        _ticks = services.Ticker.Subscribe(Tick);
    }

    /// <summary>No call is under way any more: Orleans waits for their ends first.</summary>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _ticks?.Dispose();
        _shell?.End();
        return Task.CompletedTask;
    }

    /// <summary>What the node publishes.</summary>
    protected virtual void Publish(Message notice)
    {
    }

    /// <summary>A tick has passed.</summary>
    protected virtual void Ticked()
    {
    }

    private void Tick()
    {
        Shell.Tick();
        Ticked();
    }
}
