using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using OrleansShards.Grains.Clustering;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>What a silo is built with so that clocks do not matter.</summary>
public sealed class ClockToleranceTests : IDisposable
{
    private static readonly IPEndPoint Endpoint = new(IPAddress.Loopback, 11111);

    private readonly MembershipLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(100, 0, 100)]
    [InlineData(100, 99, 100)]
    [InlineData(100, 100, 101)]
    [InlineData(100, 700, 701)]
    [InlineData(-5, 0, 1)]
    public void Generation_OfTheNextSilo_IsAboveTheTables(int byClock, int greatest, int expected) =>
        Assert.Equal(expected, LocalSilo.Generation(byClock, greatest, Endpoint));

    [Fact]
    public void Generation_NoneIsLeft_SaysByHowMuchTheClockWasOff()
    {
        OrleansConfigurationException refusal = Assert.Throws<OrleansConfigurationException>(
            () => LocalSilo.Generation(int.MaxValue - 864_000, int.MaxValue, Endpoint));

        Assert.Contains("127.0.0.1:11111", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("10 days ahead", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_ASiloOfADirectory_StartsAboveTheTableAndEvictsByNoClock()
    {
        MembershipEntry later = MembershipLab.Entry(SiloStatus.Active);
        later.SiloAddress = SiloAddress.New(Endpoint, int.MaxValue - 7);
        await MembershipLab.InsertAsync(await _lab.StartedTableAsync(), later);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(static options => options.ClusterId = options.ServiceId = MembershipLab.ClusterId)
            .ConfigureEndpoints(Endpoint.Address, Endpoint.Port, gatewayPort: 0)
            .UseDirectoryClustering(_lab.Path));
        using IHost host = builder.Build();

        ILocalSiloDetails silo = host.Services.GetRequiredService<ILocalSiloDetails>();
        Assert.Equal(later.SiloAddress.Generation + 1, silo.SiloAddress.Generation);
        Assert.Null(silo.GatewayAddress);
        Assert.IsType<OwnClockMembershipTable>(host.Services.GetRequiredService<IMembershipTable>());
        Assert.All(
            [TimeProviderNames.Membership, TimeProviderNames.SystemTimers],
            timers => Assert.IsType<SteadyClock>(host.Services.GetRequiredKeyedService<TimeProvider>(timers)));
        ClusterMembershipOptions membership = host.Services.GetRequiredService<IOptions<ClusterMembershipOptions>>().Value;
        Assert.Null(membership.SiloGenerationRetirementAge);
        Assert.False(membership.EvictWhenMaxJoinAttemptTimeExceeded, "it compares two clocks");
    }
}
