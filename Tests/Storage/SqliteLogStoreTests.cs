using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage;

public sealed class SqliteLogStoreTests : LogStoreConformance
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
