using OrleansShards.Tests.Orleans.Failures;

namespace OrleansShards.Tests.Orleans.Kills;

/// <inheritdoc cref="KillsTests"/>
[Collection(FailureRuns.Name)]
public sealed class KillsPostgresTests
{
    [Fact]
    public Task Kill_OnPostgres_NothingIsLostOrDoneTwice() => KillRun.CheckAsync(StoreKind.Postgres);

    [Fact]
    public Task Soak_OnPostgres_NothingIsLostAndNothingGrows() => SoakRun.CheckAsync(StoreKind.Postgres);
}
