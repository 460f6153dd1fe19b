using OrleansShards.Tests.Orleans.Failures;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>
/// Silos and gateways are killed and started again under load, over and over: <c>eng/kills.sh</c> does it a thousand times. And nothing
/// grows with time: <c>eng/kills.sh soak</c> takes an hour for it.
/// </summary>
[Collection(FailureRuns.Name)]
public sealed class KillsTests
{
    [Fact]
    public Task Kill_OnSqlite_NothingIsLostOrDoneTwice() => KillRun.CheckAsync(StoreKind.Sqlite);

    [Fact]
    public Task Kill_OnDirectory_NothingIsLostOrDoneTwice() => KillRun.CheckAsync(StoreKind.Directory);

    [Fact]
    public Task Soak_OnSqlite_NothingIsLostAndNothingGrows() => SoakRun.CheckAsync(StoreKind.Sqlite);

    [Fact]
    public Task Soak_OnDirectory_NothingIsLostAndNothingGrows() => SoakRun.CheckAsync(StoreKind.Directory);
}
