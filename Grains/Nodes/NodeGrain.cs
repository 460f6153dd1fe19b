namespace OrleansShards.Grains.Nodes;

/// <summary>A grain that runs one node in a <see cref="NodeShell"/> and does nothing else.</summary>
internal abstract class NodeGrain(NodeServices services) : Grain
{
    private NodeShell? _shell;
    private IDisposable? _ticks;

    /// <summary>Set from the activation on.</summary>
    protected NodeShell Shell => _shell!;

    protected NodeServices Services => services;

    /// <summary>The node's address, from the grain's key.</summary>
    protected abstract NodeAddress Address { get; }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shell = await services.CreateShellAsync(Address, OnPublished, DeactivateOnIdle, cancellationToken);
        _shell.Start();
        _ticks = services.Ticker.Subscribe(Address, () =>
        {
            _shell.Tick();
            OnTick();
        });
    }

    /// <summary>Orleans waits for calls under way first, so none is open here.</summary>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _ticks?.Dispose();
        _shell?.End();
        return Task.CompletedTask;
    }

    protected virtual void OnPublished(Message notice) { }

    /// <summary>Runs after each tick of the node.</summary>
    protected virtual void OnTick() { }
}
