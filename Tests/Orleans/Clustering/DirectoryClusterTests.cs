using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using OrleansShards.Client;
using OrleansShards.Grains.Clustering;
using OrleansShards.Tests.Orleans.Client;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>Silos, each a process, that know nothing of each other but a directory.</summary>
public sealed class DirectoryClusterTests : IDisposable
{
    private readonly MembershipLab _lab = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _lab.Dispose();

    [Fact(Timeout = 180_000)]
    public async Task ThreeSilos_AreOneCluster_AndOneThatIsKilledIsDeclaredDead()
    {
        using DirectorySiloProcess first = DirectorySiloProcess.Start(_lab.Path);
        using DirectorySiloProcess second = DirectorySiloProcess.Start(_lab.Path);
        using DirectorySiloProcess third = DirectorySiloProcess.Start(_lab.Path);
        await Task.WhenAll(first.JoinedAsync(Stop), second.JoinedAsync(Stop), third.JoinedAsync(Stop));
        using IHost client = await StartClientAsync();
        Assert.Equal(Ports(first, second, third), await ActiveAsync(client));

        await UntilAsync("each is alive since its row was written", (row, _) =>
            row.IAmAliveTime > _lab.Versions().Read().Find(row.SiloAddress)!.IAmAliveTime);
        third.Kill();
        await UntilAsync("the killed one is dead and the others are active", (row, port) =>
            row.Status == (port == third.SiloPort ? SiloStatus.Dead : SiloStatus.Active));
        Assert.Equal(Ports(first, second), await ActiveAsync(client));

        using DirectorySiloProcess fourth = DirectorySiloProcess.Start(_lab.Path);
        await fourth.JoinedAsync(Stop);
        Assert.Equal(Ports(first, second, fourth), await ActiveAsync(client));
        await client.StopAsync(Stop);
    }

    [Fact(Timeout = 60_000)]
    public async Task Silo_DirectoryIsForeign_DoesNotStartAndSaysWhy()
    {
        await File.WriteAllTextAsync(Path.Combine(_lab.Path, "notes.txt"), "", Stop);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo.UseDirectoryClustering(_lab.Path).Configure<ClusterOptions>(SetCluster));
        using IHost host = builder.Build();

        OrleansConfigurationException failure =
            await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync(Stop));
        Assert.Contains("notes.txt", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Client_DirectoryOfAnotherCluster_DoesNotStartAndSaysWhy()
    {
        await _lab.Table("another").InitializeMembershipTableAsync(true, Stop);
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(StartClientAsync);
        Assert.Contains("belongs to the cluster 'another'; expected 'lab'", failure.ToString(), StringComparison.Ordinal);
    }

    private static void SetCluster(ClusterOptions options) =>
        (options.ClusterId, options.ServiceId) = (MembershipLab.ClusterId, MembershipLab.ClusterId);

    private async Task<IHost> StartClientAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client => client.UseDirectoryClustering(_lab.Path).Configure<ClusterOptions>(SetCluster));
        IHost host = builder.Build();
        try
        {
            await host.StartAsync(Stop);
            return host;
        }
        catch
        {
            // A host that is left alone takes the process's SIGTERM for its own.
            host.Dispose();
            throw;
        }
    }

    private static IEnumerable<int> Ports(params DirectorySiloProcess[] silos) =>
        silos.Select(static silo => silo.SiloPort).Order();

    private static async Task<IEnumerable<int>> ActiveAsync(IHost client)
    {
        IManagementGrain management = client.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
        return (await management.GetHosts(onlyActive: true)).Keys.Select(static silo => silo.Endpoint.Port).Order();
    }

    private async Task UntilAsync(string expected, Func<MembershipEntry, int, bool> condition)
    {
        IMembershipTable table = _lab.Table();
        await Waits.UntilAsync(
            () => table.ReadAllAsync(Stop).GetAwaiter().GetResult().Members
                .All(member => condition(member.Item1, member.Item1.SiloAddress.Endpoint.Port)),
            expected);
    }
}
