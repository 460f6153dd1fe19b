using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Storage;
using GatewayOptions = OrleansShards.MaelstromGateway.Cli.GatewayOptions;
using IClusterClient = OrleansShards.Client.Routing.IClusterClient;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// A gateway's silo in a cluster of several. It is named after its node, hosts the group of that name, and the
/// master of that name if there is one. If the other silos declare it dead after too long a pause, or it hangs, the silo ends and not the
/// gateway: another silo is started in its place.
/// </summary>
internal sealed class ClusterSilo(
    GatewayOptions options, GatewayLog log, StateDirectory state, ISiloNetwork network, ClusterDefinition definition, string self)
    : IAsyncDisposable
{
    // With a shorter limit a machine that starts five gateways on two cores declares some of them dead; see docs/maelstrom.md.
    private static readonly TimeSpan DeathAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    // For the switchover of the primary's role and leaving the membership; a signal leaves five seconds for everything.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stopping = new();
    private Running? _running;
    private Task _keeping = Task.CompletedTask;

    private IGrainFactory Grains => _running!.Host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts the silo, and creates the cluster if this gateway is the first. See <see cref="ClusterOpener"/>.</summary>
    internal static async Task<IClusterClient> OpenAsync(
        GatewayOptions options,
        GatewayLog log,
        Func<SharedDirectory, ISiloNetwork> join,
        ClusterDefinition definition,
        string self,
        CancellationToken cancellationToken)
    {
        ClusterSilo silo = Create(options, log, join, definition, self);
        IAsyncDisposable opened = silo;
        try
        {
            await silo.StartAsync(cancellationToken).ConfigureAwait(false);
            GrainClusterClient client = new(
                silo.Grains,
                definition,
                new GrainClusterClientOptions { Report = log.Error, End = () => silo.DisposeAsync().AsTask() });
            opened = client;
            await ClusterBootstrap.RunAsync(client, definition, options.InitLimit).WaitAsync(cancellationToken).ConfigureAwait(false);
            silo._keeping = Task.Run(() => silo.KeepRunningAsync(client), CancellationToken.None);
            return client;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ClusterSilo Create(
        GatewayOptions options, GatewayLog log, Func<SharedDirectory, ISiloNetwork> join, ClusterDefinition definition, string self)
    {
        StateDirectory state = StateDirectory.Open(options.Cluster!, options.DataDirectory);
        try
        {
            return new ClusterSilo(options, log, state, join(state.Shared), definition, self);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<string> dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IHost host = OrleansHost.Build(log, builder => builder.UseOrleans(silo => Configure(silo, dead)));
        try
        {
            // Before the silo joins the others: of two clusters on a new directory at once, the logs decide whose it is.
            await host.Services.GetRequiredService<ILogStoreSource>().OpenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            await StartAsync(host, dead.Task, cancellationToken).ConfigureAwait(false);
            host.Services.GetRequiredService<ClusterIdentity>().Set(definition);
            _running = new Running(host, dead.Task);
        }
        catch
        {
            await OrleansHost.StopAsync(host, log, TimeSpan.Zero).ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="TimeoutException">It has not started; another attempt may succeed.</exception>
    private static async Task StartAsync(IHost host, Task<string> dead, CancellationToken cancellationToken)
    {
        try
        {
            Task starting = host.StartAsync(cancellationToken).WaitAsync(cancellationToken);
            if (await Task.WhenAny(starting, dead).ConfigureAwait(false) == dead)
                throw new TimeoutException($"the silo ended while it started: {await dead.ConfigureAwait(false)}");

            await starting.ConfigureAwait(false);
        }
        catch (OrleansException failure)
        {
            throw new TimeoutException($"the silo has not started: {failure.Message}", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_running is not null)
            await OrleansHost.StopAsync(_running.Host, log, StopLimit).ConfigureAwait(false);

        network.Dispose();
        state.Dispose();
    }

    /// <summary>Replaces a silo that has ended, and connects the client to the new one.</summary>
    private async Task KeepRunningAsync(GrainClusterClient client)
    {
        while (true)
        {
            string reason = await _running!.Dead.WaitAsync(_stopping.Token).ConfigureAwait(false);
            log.Warning($"this gateway's silo has ended, and it is started again: {reason}");
            await client.DisconnectAsync().ConfigureAwait(false);

            // Without an orderly stop: it is no longer part of the cluster.
            await OrleansHost.StopAsync(_running.Host, log, TimeSpan.Zero).ConfigureAwait(false);
            _running = null;
            await StartAgainAsync().ConfigureAwait(false);
            client.Connect(Grains);
            log.Warning("this gateway's silo runs again");
        }
    }

    private async Task StartAgainAsync()
    {
        string last = "";
        while (true)
        {
            try
            {
                await StartAsync(_stopping.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (!_stopping.IsCancellationRequested)
            {
                if (failure.Message != last)
                {
                    last = failure.Message;
                    log.Warning($"this gateway's silo has not started yet, and it is tried again: {last}");
                }
            }

            await Task.Delay(RetryAfter, _stopping.Token).ConfigureAwait(false);
        }
    }

    private void Configure(ISiloBuilder silo, TaskCompletionSource<string> dead)
    {
        silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = $"gateways-{options.Cluster}");
        silo.Configure<SiloOptions>(names => names.SiloName = self);
        network.Configure(silo);
        silo.DetectDeadSilosAfter(DeathAfter);
        silo.UseSharedDirectory(state.Shared, synchronous: state.IsDurable);
        silo.AddOrleansShards(shards =>
        {
            shards.Groups.Add(self);
            shards.Shards = options.Shards;
            shards.DetectAfter = options.FailoverAfter;
            shards.Moves = options.Moves;
            shards.Limits = options.Limits;
        });
        silo.Services.Replace(ServiceDescriptor.Singleton<IFatalErrorHandler>(new DeathNotice(dead)));
    }

    private sealed record Running(IHost Host, Task<string> Dead);

    /// <summary>Reports a fatal error, for which Orleans would end the process.</summary>
    private sealed class DeathNotice(TaskCompletionSource<string> dead) : IFatalErrorHandler
    {
        public bool IsUnexpected(Exception exception) => !dead.Task.IsCompleted;

        public void OnFatalException(object? sender, string? context, Exception? exception) =>
            dead.TrySetResult(exception is null ? context ?? "no reason was given" : $"{context}: {exception.Message}");
    }
}
