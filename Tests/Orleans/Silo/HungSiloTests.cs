using Orleans.Runtime;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Tests.Orleans.Cluster;
using OrleansShards.Tests.Orleans.Clustering;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>A silo that hangs, as a process whose sockets stay open.</summary>
public sealed class HungSiloTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(HungSilo.Pool)]
    [InlineData(HungSilo.Grains)]
    public async Task Hang_TheSiloOfThePrimary_EndsAndTheOtherServesEverything(string what)
    {
        using SiloRun first = Start("n1", what, "--hang-after-ms", "6000");
        using SiloRun second = Start("n2", what);
        await first.UntilReadyIsAsync(true);
        await second.UntilReadyIsAsync(true);
        await OrleansCluster.UntilAsync(() => ActiveSilos() == 2, "two members");
        await using OutsideClient client = await OutsideClient.ConnectAsync(ClusterNames.ClusterId, [second.GatewayPort]);
        await first.UntilAsync(
            "/health/ready", "n1 leads", static (_, ready) => ready.TryGetProperty("primary", out var name) && name.GetString() == "n1");
        FirstServed served = new([client], new Recorder());
        await served.EveryShardAsync();

        first.Signal("HUP");

        Assert.Equal(1, await first.EndedAsync());
        Assert.Contains("the silo ends: this silo hangs: ", await first.Errors, StringComparison.Ordinal);
        Assert.Single(first.Lines, static line => line.Contains("[6] this silo hangs: ", StringComparison.Ordinal));
        await served.EveryShardAsync();
        await second.UntilReadyIsAsync(true);
    }

    private int ActiveSilos() => new MembershipDirectory(new SharedDirectory(_directory.Path).Members)
        .ReadNewest(ClusterNames.ClusterId)!.Members.Count(static member => member.Status == SiloStatus.Active);

    private SiloRun Start(string name, string what, params string[] options) => new(
        FreePorts.Take(3),
        [new(HookedProcess.Variable, $"hang {what}"), new("DOTNET_STARTUP_HOOKS", typeof(HungSilo).Assembly.Location)],
        ["--cluster", "directory", "--data", _directory.Path, "--name", name, "--groups", name, "--nodes", "n1,n2",
            "--shards", $"{SiloFleet.ShardCount}", .. options]);
}
