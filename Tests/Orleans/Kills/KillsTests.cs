using OrleansShards.Tests.Orleans.Failures;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>
/// Silos and gateways that are killed and started again under load, over and over. <c>eng/kills.sh</c> does it a thousand times.
/// </summary>
[Collection(FailureRuns.Name)]
public sealed class KillsTests
{
    [Fact]
    public Task Kill_OnSqlite_NothingIsLostOrDoneTwice() => KillRun.CheckAsync(StoreKind.Sqlite);

    [Fact]
    public Task Kill_OnDirectory_NothingIsLostOrDoneTwice() => KillRun.CheckAsync(StoreKind.Directory);
}
