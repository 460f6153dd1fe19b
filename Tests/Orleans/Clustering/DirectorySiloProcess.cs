using System.Globalization;
using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Grains.Clustering;
using OrleansShards.Tests.Orleans.Silo;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>A silo that knows nothing of others but a directory. Prints "up" when it has joined.</summary>
internal sealed class DirectorySiloProcess : HookedProcess
{
    private DirectorySiloProcess(string directory, int siloPort, int gatewayPort)
        : base(string.Create(CultureInfo.InvariantCulture, $"silo {siloPort} {gatewayPort} {directory}")) => SiloPort = siloPort;

    internal int SiloPort { get; }

    /// <summary>Starts one; <see cref="JoinedAsync"/> waits for it.</summary>
    internal static DirectorySiloProcess Start(string directory)
    {
        int[] ports = FreePorts.Take(2);
        return new DirectorySiloProcess(directory, ports[0], ports[1]);
    }

    internal async Task JoinedAsync(CancellationToken cancellationToken) =>
        Assert.Equal("up", await Output.ReadLineAsync(cancellationToken));

    internal static async Task RunAsync(string siloPort, string gatewayPort, string directory)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo.UseDirectoryClustering(directory)
            .ConfigureEndpoints(
                IPAddress.Loopback,
                int.Parse(siloPort, CultureInfo.InvariantCulture),
                int.Parse(gatewayPort, CultureInfo.InvariantCulture))
            .Configure<ClusterOptions>(static options =>
                (options.ClusterId, options.ServiceId) = (MembershipLab.ClusterId, MembershipLab.ClusterId))
            .Configure<ClusterMembershipOptions>(static options =>
            {
                // A machine that has much to do must not have a silo declared dead.
                options.ProbeTimeout = TimeSpan.FromSeconds(1);
                options.NumMissedProbesLimit = 3;
                options.NumVotesForDeathDeclaration = 1;
                options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);
            }));
        using IHost host = builder.Build();
        await host.StartAsync();
        Console.Out.Write("up\n");
        await host.WaitForShutdownAsync();
    }
}
