using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Upgrades;

/// <summary>Silos on a shared directory, replaced one at a time.</summary>
[Collection(FailureRuns.Name)]
public sealed class RollingUpgradeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Replace_InOrder_NothingIsLostOrDoneTwice()
    {
        await using RollingCluster cluster = Cluster();
        await RollingUpgrade.InOrderAsync(cluster);
    }

    [Fact(Skip = RollingCluster.OneRelease, SkipType = typeof(RollingCluster), SkipUnless = nameof(RollingCluster.HasEarlierRelease))]
    public async Task Replace_TheNewerLeadsAnOlderShadow_NothingIsLostOrDoneTwice()
    {
        await using RollingCluster cluster = Cluster();
        await RollingUpgrade.NewerLeadsOlderAsync(cluster);
    }

    private RollingCluster Cluster() => new("rolling", "--cluster", "directory", "--data", _directory.Path);
}

/// <summary>Silos on PostgreSQL, replaced one at a time.</summary>
[Collection(FailureRuns.Name)]
public sealed class RollingUpgradePostgresTests
{
    [Fact(Skip = RollingCluster.OneRelease, SkipType = typeof(RollingCluster), SkipUnless = nameof(RollingCluster.HasEarlierRelease))]
    public Task Replace_InOrder_NothingIsLostOrDoneTwice() => RunAsync(RollingUpgrade.InOrderAsync);

    [Fact]
    public Task Replace_TheNewerLeadsAnOlderShadow_NothingIsLostOrDoneTwice() => RunAsync(RollingUpgrade.NewerLeadsOlderAsync);

    private static async Task RunAsync(Func<RollingCluster, Task> steps)
    {
        await using TestSchema schema = new();
        try
        {
            await using RollingCluster cluster = new(
                schema.Name, "--cluster", "postgres", "--connection", schema.Options.ConnectionString, "--schema", schema.Name);
            await steps(cluster);
        }
        finally
        {
            await schema.AskAsync($"drop schema if exists {schema.Name}_membership cascade");
        }
    }
}
