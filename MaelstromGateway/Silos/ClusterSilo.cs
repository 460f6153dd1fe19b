using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Hosting;
using OrleansShards.MaelstromGateway.Io;
using GatewayOptions = OrleansShards.MaelstromGateway.Cli.GatewayOptions;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// A gateway's silo in a cluster of several. To be declared dead by the others, after a pause that was too long, ends the
/// silo and not the gateway: another one is started in its place.
/// </summary>
internal sealed class ClusterSilo : IAsyncDisposable
{
    // Shorter, and a machine that starts five gateways on two cores declares some of them dead; see docs/maelstrom.md.
    private static readonly TimeSpan DeathAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    // For handing the primary's role over and leaving the membership; a signal leaves five seconds for everything.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly GatewayOptions _options;
    private readonly GatewayLog _log;
    private readonly ClusterPlace _place;
    private readonly ClusterDefinition _definition;
    private readonly string _self;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _port;
    private Running? _running;
    private Task _keeping = Task.CompletedTask;

    /// <summary>One that has not started.</summary>
    /// <param name="options">What the cluster's nodes are told.</param>
    /// <param name="log">Where warnings go.</param>
    /// <param name="place">Where the state is; disposed with this.</param>
    /// <param name="definition">The cluster.</param>
    /// <param name="self">Which of its nodes this is.</param>
    internal ClusterSilo(
        GatewayOptions options, GatewayLog log, ClusterPlace place, ClusterDefinition definition, string self)
    {
        _options = options;
        _log = log;
        _place = place;
        _definition = definition;
        _self = self;
        _port = LoopbackPort.Reserve(place.State, self);
    }

    /// <summary>The cluster's grains.</summary>
    internal IGrainFactory Grains => _running!.Host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts the silo.</summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<string> dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IHost host = OrleansHost.Build(_log, builder => builder.UseOrleans(silo => Configure(silo, dead)));
        try
        {
            await StartAsync(host, dead.Task, cancellationToken).ConfigureAwait(false);
            host.Services.GetRequiredService<ClusterIdentity>().Set(_definition);
            _running = new Running(host, dead.Task);
        }
        catch
        {
            await OrleansHost.StopAsync(host, _log, TimeSpan.Zero).ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="TimeoutException">It has not started, and may when it is tried again.</exception>
    private static async Task StartAsync(IHost host, Task<string> dead, CancellationToken cancellationToken)
    {
        try
        {
            Task starting = host.StartAsync(cancellationToken);
            if (await Task.WhenAny(starting, dead).ConfigureAwait(false) == dead)
                throw new TimeoutException($"the silo was declared dead while it started: {await dead.ConfigureAwait(false)}");

            await starting.ConfigureAwait(false);
        }
        catch (OrleansException failure)
        {
            throw new TimeoutException($"the silo has not started: {failure.Message}", failure);
        }
    }

    /// <summary>From now on a silo that was declared dead is replaced, and the client uses the new one.</summary>
    internal void KeepRunning(GrainClusterClient client) => _keeping = Task.Run(() => KeepRunningAsync(client));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_running is not null)
            await OrleansHost.StopAsync(_running.Host, _log, StopLimit).ConfigureAwait(false);

        _port.Dispose();
        _place.Dispose();
    }

    private async Task KeepRunningAsync(GrainClusterClient client)
    {
        while (true)
        {
            string reason = await _running!.Dead.WaitAsync(_stopping.Token).ConfigureAwait(false);
            _log.Warning($"the other silos have declared this gateway's silo dead, and it is started again: {reason}");
            await client.DisconnectAsync().ConfigureAwait(false);

            // At once: it is no part of the cluster any more, so there is nothing left to do in order.
            await OrleansHost.StopAsync(_running.Host, _log, TimeSpan.Zero).ConfigureAwait(false);
            _running = null;
            await StartAgainAsync().ConfigureAwait(false);
            client.Connect(Grains);
            _log.Warning("this gateway's silo runs again");
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
                    _log.Warning($"this gateway's silo has not started yet, and it is tried again: {last}");
                }
            }

            await Task.Delay(RetryAfter, _stopping.Token).ConfigureAwait(false);
        }
    }

    private void Configure(ISiloBuilder silo, TaskCompletionSource<string> dead)
    {
        silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = $"gateways-{_options.Cluster}");
        silo.Configure<SiloOptions>(options => options.SiloName = _self);
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = IPAddress.Loopback;
            endpoints.SiloPort = ((IPEndPoint)_port.LocalEndPoint!).Port;

            // Clients are in the silos' own processes.
            endpoints.GatewayPort = 0;
        });
        silo.DetectDeadSilosAfter(DeathAfter);
        silo.UseSharedDirectory(_place.State, synchronous: _place.IsDurable);
        silo.AddOrleansShards(shards =>
        {
            shards.Groups.Add(_self);
            shards.Shards = _options.Shards;
            shards.DetectAfter = _options.FailoverAfter;
            shards.Moves = _options.Moves;
        });
        silo.Services.Replace(ServiceDescriptor.Singleton<IFatalErrorHandler>(new DeathNotice(dead)));
    }

    private sealed record Running(IHost Host, Task<string> Dead);

    /// <summary>What Orleans would end the process for is told instead.</summary>
    private sealed class DeathNotice(TaskCompletionSource<string> dead) : IFatalErrorHandler
    {
        public bool IsUnexpected(Exception exception) => !dead.Task.IsCompleted;

        public void OnFatalException(object? sender, string? context, Exception? exception) =>
            dead.TrySetResult(exception is null ? context ?? "no reason was given" : $"{context}: {exception.Message}");
    }
}

/// <summary>
/// A silo's port on the loopback address: chosen by the system, and remembered, so that a silo that is started again takes
/// the place of the one before it at once. Two silos on one port start without an error, so it stays reserved.
/// </summary>
internal static class LoopbackPort
{
    /// <summary>Reserves the port of a node. Nobody else is given it for as long as the socket is open.</summary>
    internal static Socket Reserve(SharedDirectory state, string node)
    {
        state.Ensure();
        string remembered = Path.Combine(state.Ports, FileName(node));
        Socket? socket = File.Exists(remembered) && ushort.TryParse(File.ReadAllText(remembered), out ushort port)
            ? Bind(port)
            : null;
        if (socket is null)
        {
            socket = Bind(0)!;
            File.WriteAllText(remembered, $"{((IPEndPoint)socket.LocalEndPoint!).Port}");
        }

        return socket;
    }

    // A node may be called anything, "../x" too.
    private static string FileName(string node)
    {
        string name = $"node-{Uri.EscapeDataString(node)}";
        return name.Length <= 200 ? name : $"node-{Core.Json.StableHash.Of(Encoding.UTF8.GetBytes(node)):x16}";
    }

    private static Socket? Bind(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Never listens: that leaves it to the silo, and keeps the port from everyone who asks the system for one.
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch (SocketException) when (port != 0)
        {
            socket.Dispose();
            return null;
        }
    }
}
