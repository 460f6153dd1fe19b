using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Clustering;
using OrleansShards.Storage.Postgres;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// A client as an application would have it: connections, directory cache and map of its own. Several live in the test's
/// process, which shares nothing with the silos', so that one clock orders all that they see.
/// </summary>
internal sealed class OutsideClient : IAsker, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly GrainClusterClient _cluster;

    private OutsideClient(IHost host, ClusterDefinition definition)
    {
        _host = host;
        Grains = host.Services.GetRequiredService<global::Orleans.IClusterClient>();
        _cluster = new GrainClusterClient(Grains, definition, new GrainClusterClientOptions());
    }

    /// <summary>Orleans' own client.</summary>
    internal global::Orleans.IClusterClient Grains { get; }

    /// <summary>
    /// Connects to the silos that the database names, which leaves out those that were declared dead. A client with a
    /// list of its own would go on talking to one that hangs: its connections stay open.
    /// </summary>
    internal static Task<OutsideClient> ConnectAsync(string clusterId, DatabaseSettings database) => ConnectAsync(
        clusterId,
        client =>
        {
            client.Services.AddSingleton(_ => MembershipSchema.Sources(database));
            return client
                .UseAdoNetClustering(static (OptionsBuilder<AdoNetClusteringClientOptions> clustering) =>
                    clustering.Configure<PostgresSources>(static (options, sources) =>
                    {
                        options.Invariant = "Npgsql";
                        options.DataSource = sources.Readers;
                    }))
                .Configure<GatewayOptions>(static options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
        });

    /// <summary>Connects to these silos and no other.</summary>
    internal static Task<OutsideClient> ConnectAsync(string clusterId, IEnumerable<int> gatewayPorts) =>
        ConnectAsync(clusterId, [.. gatewayPorts.Select(static port => new IPEndPoint(IPAddress.Loopback, port))]);

    /// <inheritdoc cref="ConnectAsync(string, IEnumerable{int})"/>
    internal static Task<OutsideClient> ConnectAsync(string clusterId, IPEndPoint[] gateways) =>
        ConnectAsync(clusterId, client => client.UseStaticClustering(gateways));

    private static async Task<OutsideClient> ConnectAsync(string clusterId, Func<IClientBuilder, IClientBuilder> find)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(static logging => logging.ClearProviders());
        builder.UseOrleansClient(client => find(client)
            .Configure<ClusterOptions>(options =>
            {
                options.ClusterId = clusterId;
                options.ServiceId = ClusterNames.ServiceId;
            }));
        IHost host = builder.Build();
        await Condition.EndsAsync(host.StartAsync(TestContext.Current.CancellationToken), "a client that is connected");
        ClusterDefinition definition = await Condition.EndsAsync(
            host.Services.GetRequiredService<global::Orleans.IClusterClient>().GetGrain<IClusterGrain>(0).Definition(),
            "what the cluster was started with");
        return new OutsideClient(host, definition);
    }

    public async Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline)
    {
        Waiting waiting = new();
        _cluster.Post(() => _cluster.Submit(request, deadline, waiting));
        return await waiting.Outcome.WaitAsync(deadline + Condition.Limit);
    }

    /// <summary>What the primary answers; null where it has not by the deadline.</summary>
    internal async Task<Message?> AskPrimaryAsync(Message request, TimeSpan deadline) =>
        await AskAsync(new ClientRequest.OfPrimary(request), deadline) is ClientOutcome.Applied applied ? applied.Reply : null;

    public async ValueTask DisposeAsync()
    {
        await Condition.EndsAsync(_cluster.DisposeAsync().AsTask(), "the router's end");
        await Condition.EndsAsync(_host.StopAsync(CancellationToken.None), "the end of Orleans' client");
        await Condition.EndsAsync(Task.Run(_host.Dispose), "what Orleans' client has released");
    }

    private sealed class Waiting : IOutcomeReceiver
    {
        private readonly TaskCompletionSource<ClientOutcome> _outcome =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<ClientOutcome> Outcome => _outcome.Task;

        public void Completed(ClientOutcome outcome) => _outcome.SetResult(outcome);
    }
}
