using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Placement;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Cluster;

/// <summary>
/// Several silos in this process with one store in memory behind them, and one client. Silos find each other's death
/// within two seconds or so.
/// </summary>
internal sealed class OrleansCluster : IAsyncDisposable, ILogStoreSource, IAsker
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(20);

    private readonly ILogStore _store;
    private readonly InProcessTestCluster _cluster;
    private GrainClusterClient? _client;

    private OrleansCluster(
        int silos, Action<string, OrleansShardsOptions>? configure, ILogStore? store, Action<ISiloBuilder>? extend)
    {
        _store = store ?? new InMemoryLogStore();
        InProcessTestClusterBuilder builder = new((short)silos);
        builder.ConfigureSilo((silo, host) =>
        {
            host.Services.AddSingleton<ILogStoreSource>(this);
            host.Configure<ClusterMembershipOptions>(static options =>
            {
                options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
            });
            host.AddOrleansShards(options =>
            {
                foreach (GroupId group in Definition.Groups)
                    options.Nodes.Add(group.Value);

                options.Shards = Definition.ShardCount;
                configure?.Invoke(silo.SiloName, options);
            });
            extend?.Invoke(host);
        });
        builder.ConfigureClient(static client => client.Configure<ClientMessagingOptions>(
            static options => options.ResponseTimeout = TimeSpan.FromSeconds(2)));
        _cluster = builder.Build();
    }

    internal static ClusterDefinition Definition { get; } =
        new([new("n1"), new("n2")], [new("n1"), new("n2"), new("n3")], 8);

    internal InProcessTestCluster Silos => _cluster;

    /// <summary>Starts silos and waits until the cluster is open.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="configure">Sets the options of the silo of that name.</param>
    /// <param name="store">The store behind all of them, disposed with the cluster; one of its own where it is null.</param>
    /// <param name="extend">What else a silo gets.</param>
    internal static async Task<OrleansCluster> StartAsync(
        int silos,
        Action<string, OrleansShardsOptions>? configure = null,
        ILogStore? store = null,
        Action<ISiloBuilder>? extend = null)
    {
        OrleansCluster cluster = new(silos, configure, store, extend);
        await Condition.EndsAsync(cluster._cluster.DeployAsync(), $"the start of {silos} silos");
        cluster._client = new GrainClusterClient(
            cluster._cluster.Client, Definition, new GrainClusterClientOptions());
        return cluster;
    }

    Task<ILogStore> ILogStoreSource.OpenAsync() => Task.FromResult<ILogStore>(_store);

    /// <summary>The silos whose part of the cluster has this master.</summary>
    internal IReadOnlyList<InProcessSiloHandle> SilosOf(Func<LocalMasters, bool> has) =>
        [.. _cluster.GetActiveSilos().Where(silo => has(silo.ServiceProvider.GetRequiredService<LocalMasters>()))];

    /// <summary>The silo that has the primary, waiting for there to be exactly one.</summary>
    internal async Task<InProcessSiloHandle> PrimarySiloAsync()
    {
        await UntilAsync(() => SilosOf(static seats => seats.Primary is not null).Count == 1, "one primary");
        return SilosOf(static seats => seats.Primary is not null).Single();
    }

    /// <summary>Adds a silo, and says which.</summary>
    internal Task<InProcessSiloHandle> StartSiloAsync() => Condition.EndsAsync(_cluster.StartAdditionalSiloAsync(), "a silo's start");

    /// <summary>Has a silo end without time to do so in good order.</summary>
    internal Task KillAsync(InProcessSiloHandle silo) => Condition.EndsAsync(_cluster.KillSiloAsync(silo), $"{silo.Name}, killed, ends");

    /// <summary>Has a silo end in good order.</summary>
    internal Task StopAsync(InProcessSiloHandle silo) => Condition.EndsAsync(_cluster.StopSiloAsync(silo), $"{silo.Name}, stopped, ends");

    /// <summary>Waits for a condition; a time-out says what was expected.</summary>
    internal static async Task UntilAsync(Func<bool> condition, string expected)
    {
        using CancellationTokenSource limit = new(Limit);
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"expected within {Limit.TotalSeconds} s: {expected}");
            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    internal Task<ClientOutcome> WriteAsync(int key, int value) =>
        AskAsync(OnKey(KeyVerb.Write, key, value.ToString(CultureInfo.InvariantCulture)));

    internal Task<ClientOutcome> ReadAsync(int key) => AskAsync(OnKey(KeyVerb.Read, key, null));

    internal async Task<Message> AskPrimaryAsync(Message request)
    {
        ClientOutcome outcome = await AskAsync(new ClientRequest.OfPrimary(request));
        return Assert.IsType<ClientOutcome.Applied>(outcome).Reply;
    }

    internal Task<ClientOutcome> AskAsync(ClientRequest request) => AskAsync(request, RequestLimit);

    public async Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline)
    {
        Waiting waiting = new();
        _client!.Post(() => _client.Submit(request, deadline, waiting));
        return await waiting.Outcome.WaitAsync(deadline + Limit);
    }

    /// <summary>Asks all of these in one turn of the client's router.</summary>
    internal async Task<ClientOutcome[]> AskAllAsync(IReadOnlyList<ClientRequest> requests)
    {
        Waiting[] waiting = [.. requests.Select(static _ => new Waiting())];
        _client!.Post(() =>
        {
            for (int i = 0; i < waiting.Length; i++)
                _client.Submit(requests[i], RequestLimit, waiting[i]);
        });
        return await Task.WhenAll(waiting.Select(static one => one.Outcome)).WaitAsync(RequestLimit + Limit);
    }

    internal static string Value(ClientOutcome outcome) =>
        Assert.IsType<KeyReply>(Assert.IsType<ClientOutcome.Applied>(outcome).Reply).Value.ToString();

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await Condition.EndsAsync(_client.DisposeAsync().AsTask(), "the client's end");

        await Condition.EndsAsync(_cluster.DisposeAsync().AsTask(), "the silos' end");
        await _store.DisposeAsync();
    }

    internal static ClientRequest.OnKey OnKey(KeyVerb verb, int key, string? value) => new(
        new KeyCommand(
            verb,
            JsonText.Parse(key.ToString(CultureInfo.InvariantCulture)),
            value is null ? default : JsonText.Parse(value),
            default,
            CreateIfAbsent: false),
        Shard: null,
        SessionTag.None);

    private sealed class Waiting : IOutcomeReceiver
    {
        private readonly TaskCompletionSource<ClientOutcome> _outcome =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<ClientOutcome> Outcome => _outcome.Task;

        public void Completed(ClientOutcome outcome) => _outcome.SetResult(outcome);
    }
}
