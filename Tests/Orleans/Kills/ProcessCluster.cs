using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Orleans.Gateways;
using OrleansShards.Tests.Orleans.Silo.Api;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>
/// Silos as processes, and gateways before them that are clients of the cluster. A silo's process that has ended is started
/// again, as a supervisor would, unless it is held back.
/// </summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    /// <summary>How long a start may take, and what does not come back at all: several silos at once fill a small machine.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly string[] Nodes = ["n1", "n2", "n3"];

    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    private ProcessCluster(IReadOnlyList<SiloSlot> silos, IReadOnlyList<GatewayNode> gateways, AttemptCounts counts)
    {
        Silos = silos;
        Gateways = gateways;
        Counts = counts;
    }

    internal IReadOnlyList<SiloSlot> Silos { get; }

    internal IReadOnlyList<GatewayNode> Gateways { get; }

    /// <summary>Attempts of workers that went wrong.</summary>
    internal AttemptCounts Counts { get; }

    /// <summary>How often a process was started, of both kinds.</summary>
    internal int Starts => Silos.Sum(static silo => silo.Starts) + Gateways.Sum(static gateway => gateway.Starts);

    /// <summary>What a gateway before these silos is started with.</summary>
    internal static string[] GatewayOptions(string clusterId, IEnumerable<IPEndPoint> silos) =>
    [
        "--silo", string.Join(',', silos), "--cluster-id", clusterId, "--key-deadline-ms", "2500", "--log-level", "warning",
    ];

    /// <summary>Two gateways before silos on this machine.</summary>
    internal static Task<ProcessCluster> StartAsync(string clusterId, IReadOnlyList<SiloSlot> silos)
    {
        AttemptCounts counts = new();
        string[] options = GatewayOptions(clusterId, silos.Select(static silo => new IPEndPoint(IPAddress.Loopback, silo.GatewayPort)));
        return StartAsync(silos, [.. Nodes.Take(2).Select(name => new GatewayNode(name, Nodes, options, counts))], counts);
    }

    /// <summary>Starts all of them, and waits until each serves everything.</summary>
    /// <param name="silos">The silos' places.</param>
    /// <param name="gateways">Gateways before them.</param>
    /// <param name="counts">What the gateways count in.</param>
    internal static async Task<ProcessCluster> StartAsync(
        IReadOnlyList<SiloSlot> silos, IReadOnlyList<GatewayNode> gateways, AttemptCounts counts)
    {
        ProcessCluster cluster = new(silos, gateways, counts);
        try
        {
            foreach (SiloSlot silo in silos)
                silo.Start();

            cluster._watching = cluster.WatchAsync();
            await cluster.SilosAreReadyAsync(Patience);
            await Task.WhenAll(gateways.Select(static gateway => gateway.StartAsync()));
            await cluster.SettledAsync(Patience);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Waits until every silo is up, ready and a member, and every gateway reaches the primary, every shard, and owes nobody an answer.
    /// </summary>
    /// <param name="limit">How long each of both may take.</param>
    internal async Task SettledAsync(TimeSpan limit)
    {
        await SilosAreReadyAsync(limit);
        string? missing = null;
        await Condition.HoldsAsync(
            async () => (missing = (await Task.WhenAll(Gateways.Select(static gateway => gateway.MissingAsync())))
                .FirstOrDefault(static one => one is not null)) is null,
            () => $"every gateway serves everything; {missing}\n{Told()}",
            limit);
    }

    /// <summary>Waits until a workload has got so many more answers; fails where the workload has.</summary>
    internal async Task ServeAsync(Recorder recorder, Workload workload, int answers)
    {
        int wanted = recorder.Answered + answers;
        await Condition.HoldsAsync(
            () => recorder.Answered > wanted || workload.Failed.IsFaulted,
            () => $"{wanted} answers; {recorder.Answered} came\n{Told()}",
            Patience);
        Assert.False(workload.Failed.IsFaulted, workload.Failed.Exception?.ToString());
    }

    /// <summary>The cluster at a glance, from the first silo that knows a primary.</summary>
    internal async Task<JsonElement> StatusAsync()
    {
        JsonElement? status = null;
        await Condition.HoldsAsync(
            async () => (status = await FirstStatusAsync()) is not null, () => $"a silo that knows the primary\n{Told()}");
        return status!.Value;
    }

    /// <summary>The silo that has the primary master.</summary>
    internal async Task<SiloSlot> PrimaryAsync()
    {
        SiloSlot? found = null;
        await Condition.HoldsAsync(
            async () =>
            {
                string? place = (await StatusAsync()).GetProperty("masters").EnumerateArray()
                    .Single(static master => master.GetProperty("role").ValueEquals("primary")).GetProperty("silo").GetString();
                found = Silos.FirstOrDefault(silo => silo.Group.Split(',')[0] == place);
                return found is not null;
            },
            () => $"the primary's silo\n{Told()}");
        return found!;
    }

    /// <summary>Asks a silo for an action; whether it has taken it.</summary>
    internal static async Task<bool> ActAsync(SiloSlot silo, string action, string body)
    {
        try
        {
            using ApiClient api = silo.Connect();
            return (await api.ActAsync(action, body)).Status == HttpStatusCode.OK;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>Asks for a shard to be moved to a group; whether that is taken.</summary>
    internal static Task<bool> MoveAsync(SiloSlot silo, int shard, int group) => ActAsync(
        silo, "migrate", string.Create(CultureInfo.InvariantCulture, $$"""{"shard":{{shard}},"target_gid":"{{Nodes[group]}}"}"""));

    /// <summary>How often silos have logged the event with this number.</summary>
    internal int Logged(int id) => Silos.Sum(silo => silo.Logged(id));

    /// <summary>What all have logged of late.</summary>
    internal string Told() => string.Join(
        '\n', [.. Silos.Select(static silo => silo.Told()), .. Gateways.Select(static gateway => gateway.Told())]);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        foreach (GatewayNode gateway in Gateways)
            gateway.Dispose();

        foreach (SiloSlot silo in Silos)
            silo.Dispose();

        _stop.Dispose();
    }

    private Task SilosAreReadyAsync(TimeSpan limit) => Condition.HoldsAsync(
        async () =>
        {
            foreach (SiloSlot silo in Silos)
            {
                if (!await silo.IsReadyAsync())
                    return false;
            }

            return await FirstStatusAsync() is { } status && status.GetProperty("silos").GetArrayLength() == Silos.Count;
        },
        () => $"{Silos.Count} silos, ready and members\n{Told()}",
        limit);

    private async Task<JsonElement?> FirstStatusAsync()
    {
        foreach (SiloSlot silo in Silos.Where(static silo => silo.IsRunning))
        {
            try
            {
                using ApiClient api = silo.Connect();
                ApiAnswer answer = await api.GetAsync("/api/v1/cluster");
                if (answer.Status == HttpStatusCode.OK && answer.Body.GetProperty("primary").ValueKind == JsonValueKind.String)
                    return answer.Body;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or TaskCanceledException)
            {
                // The next one.
            }
        }

        return null;
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50));
        try
        {
            while (await looks.WaitForNextTickAsync(_stop.Token))
            {
                foreach (SiloSlot silo in Silos.Where(static silo => silo is { IsRunning: false, HoldsBack: false }))
                    silo.Start();
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster ends.
        }
    }
}
