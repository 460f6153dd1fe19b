using OrleansShards.Tests.Orleans.Failures;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>That nothing grows with time. <c>eng/kills.sh soak</c> takes an hour for it.</summary>
[Collection(FailureRuns.Name)]
public sealed class SoakTests
{
    [Fact]
    public Task Soak_OnSqlite_NothingIsLostAndNothingGrows() => SoakRun.CheckAsync(StoreKind.Sqlite);

    [Fact]
    public Task Soak_OnDirectory_NothingIsLostAndNothingGrows() => SoakRun.CheckAsync(StoreKind.Directory);
}
