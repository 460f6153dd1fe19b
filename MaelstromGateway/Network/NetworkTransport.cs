using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.MaelstromGateway.Network;

/// <summary>Has a silo reach the others by a <see cref="MaelstromNetwork"/> instead of sockets.</summary>
internal sealed class NetworkTransport(MaelstromNetwork network, IPEndPoint address) : ISiloNetwork
{
    public void Configure(ISiloBuilder silo)
    {
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = address.Address;
            endpoints.SiloPort = address.Port;

            // Clients are in the silos' own processes.
            endpoints.GatewayPort = 0;
        });

        // A node that is cut off hears nobody, and with one vote it could declare the others dead before they declare it. Orleans asks for
        // so many votes, but for no more than half of the active silos: three of five, two of three, one of two. Silos that were killed do
        // not count as soon as they have not renewed their lease in the shared directory for six seconds.
        silo.Services.PostConfigure<ClusterMembershipOptions>(
            static options => options.NumVotesForDeathDeclaration = options.NumProbedSilos);
        Replace<IConnectionFactory>(silo.Services, new ConnectionFactory(network));
        Replace<IConnectionListenerFactory>(silo.Services, new ListenerFactory(network));
    }

    public void Dispose()
    {
        // The network is the gateway's.
    }

    // Orleans registers them under keys that are its own: one factory, and a listener each for silos and for clients.
    private static void Replace<T>(IServiceCollection services, T ours)
        where T : class
    {
        object?[] keys =
        [
            .. services.Where(static one => one.IsKeyedService && one.ServiceType == typeof(T)).Select(static one => one.ServiceKey),
        ];
        if (keys.Length == 0)
            throw new InvalidOperationException($"this release of Orleans registers no {typeof(T).Name}: its silos would use sockets");

        foreach (object? key in keys)
            services.AddKeyedSingleton(key, ours);
    }

    private sealed class ConnectionFactory(MaelstromNetwork network) : IConnectionFactory
    {
        public ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            new(network.ConnectAsync(endpoint, cancellationToken));
    }

    private sealed class ListenerFactory(MaelstromNetwork network) : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            new(network.Listen(endpoint));
    }
}

/// <summary>Takes the connections that other nodes open to this one.</summary>
internal sealed class NetworkListener(MaelstromNetwork network, EndPoint address, Channel<ConnectionContext> accepted) : IConnectionListener
{
    public EndPoint EndPoint => address;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false)
            && accepted.Reader.TryRead(out ConnectionContext? next) ? next : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        network.Unlisten(accepted.Writer);
        accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
