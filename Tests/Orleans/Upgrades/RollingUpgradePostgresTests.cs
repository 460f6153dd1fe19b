using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Upgrades;

/// <summary>Silos on PostgreSQL, replaced one at a time.</summary>
[Collection(FailureRuns.Name)]
public sealed class RollingUpgradePostgresTests
{
    [Fact]
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
