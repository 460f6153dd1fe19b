using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

public sealed class SqliteGrainStorageTests(StorageSilo silo) : LogGrainStorageConformance(silo), IClassFixture<StorageSilo>
{
    private readonly TemporaryDirectory _directory = new();

    protected override async ValueTask<ILogStore> OpenAsync() =>
        await SqliteLogStore.OpenAsync(new SqliteLogStoreOptions { Directory = _directory.Path }, Stop);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}
