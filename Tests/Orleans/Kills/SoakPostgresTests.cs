using OrleansShards.Tests.Orleans.Failures;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>That nothing grows with time. <c>eng/kills.sh soak</c> takes an hour for it.</summary>
[Collection(FailureRuns.Name)]
public sealed class SoakPostgresTests
{
    [Fact]
    public Task Soak_OnPostgres_NothingIsLostAndNothingGrows() => SoakRun.CheckAsync(StoreKind.Postgres);
}
