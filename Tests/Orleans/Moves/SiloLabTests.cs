using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;
using OrleansShards.Tests.Moves;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Moves;

/// <summary>On silos.</summary>
public sealed class SiloLabTests : LabTests
{
    [Fact]
    public async Task Deletion_OnSqlite_OnlyItsTombstoneRemains()
    {
        using TemporaryDirectory directory = new();
        SqliteLogStoreOptions options = new() { Directory = directory.Path };
        await NothingRemainsAsync(await SqliteLogStore.OpenAsync(options, TestContext.Current.CancellationToken));
    }

    private protected override async Task<ILabCluster> StartAsync(ILogStore store) => await SiloLab.StartAsync(store);
}
