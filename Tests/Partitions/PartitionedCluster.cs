using System.Net;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Orleans.Gateways;
using OrleansShards.Tests.Orleans.Kills;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Processes;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Partitions;

/// <summary>Three silos on PostgreSQL, the database, and two gateways as clients: each in a network namespace of its own.</summary>
internal sealed class PartitionedCluster : IAsyncDisposable
{
    internal const string Database = "db";

    /// <summary>The silo whose wall clock can be set.</summary>
    internal const string ClockOf = "n3";

    internal static readonly string[] SiloNames = ["n1", "n2", "n3"];
    internal static readonly string[] Clients = ["c1", "c2"];

    private readonly NetworkLab _lab;
    private readonly TestServer _server;

    private PartitionedCluster(NetworkLab lab)
    {
        _lab = lab;
        _server = new TestServer(lab[Database]);
        Faults = new LinkFaults(lab);
    }

    internal static bool HasClock => WrongClock.IsInstalled;

    internal IReadOnlyList<NetworkNode> Nodes => _lab.Nodes;

    internal LinkFaults Faults { get; }

    internal ProcessCluster Processes { get; private set; } = null!;

    private string Clock => Path.Combine(_lab.Directory, "clock");

    /// <summary>Starts it, and waits until all of it serves. Skips the test where it cannot be laid out.</summary>
    internal static async Task<PartitionedCluster> StartAsync()
    {
        NetworkLab lab = NetworkLab.Make([.. SiloNames, Database, .. Clients]);
        PartitionedCluster? cluster = null;
        try
        {
            cluster = new PartitionedCluster(lab);
            cluster.Processes = await cluster.StartProcessesAsync(await cluster.StartDatabaseAsync());
            return cluster;
        }
        catch
        {
            if (cluster is not null)
                await cluster._server.DisposeAsync();

            lab.Dispose();
            throw;
        }
    }

    /// <summary>One silo's clock shows another time from now on, by so much off the right one.</summary>
    internal void SetClock(TimeSpan off) => WrongClock.Set(Clock, $"{off.TotalSeconds:+0;-0}s");

    /// <summary>A counter of the network stacks of all nodes.</summary>
    internal long Count(string name) => _lab.Nodes.Sum(node => NetworkLab.Count(node, name));

    public async ValueTask DisposeAsync()
    {
        if (Processes is not null)
            await Processes.DisposeAsync();

        await _server.DisposeAsync();
        _lab.Dispose();
    }

    private async Task<string> StartDatabaseAsync()
    {
        string rules = Path.Combine(_lab.Directory, "pg_hba.conf");
        await File.WriteAllTextAsync(rules, "host all all 0.0.0.0/0 scram-sha-256\n", TestContext.Current.CancellationToken);
        await _server.StartAsync("-c", "listen_addresses=0.0.0.0", "-c", $"hba_file={rules}");
        return _server.Address.Replace(
            $"Host={IPAddress.Loopback}", $"Host={_lab[Database].Address}", StringComparison.Ordinal);
    }

    private Task<ProcessCluster> StartProcessesAsync(string database)
    {
        const string ClusterId = "partitioned";
        string[] options =
        [
            "--cluster", "postgres", "--connection", database, "--cluster-id", ClusterId, "--nodes", string.Join(',', SiloNames),
            "--failover-after-ms", "3000",
        ];
        SiloSlot[] silos = [.. SiloNames.Select(name => new SiloSlot(
            name,
            name == ClockOf && HasClock ? WrongClock.OffByFile(Clock) : [],
            [.. options, "--name", name, "--bind", $"{_lab[name].Address}"],
            _lab[name]))];
        AttemptCounts counts = new();
        string[] gateway = ProcessCluster.GatewayOptions(
            ClusterId, SiloNames.Zip(silos, (name, silo) => new IPEndPoint(_lab[name].Address, silo.GatewayPort)));
        GatewayNode[] gateways =
        [
            .. Clients.Select((client, index) => new GatewayNode(SiloNames[index], SiloNames, gateway, counts, at: _lab[client])),
        ];
        return ProcessCluster.StartAsync(silos, gateways, counts);
    }
}
