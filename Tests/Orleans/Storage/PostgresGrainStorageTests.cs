using OrleansShards.Storage;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

public sealed class PostgresGrainStorageTests(StorageSilo silo) : LogGrainStorageConformance(silo), IClassFixture<StorageSilo>
{
    private TestSchema? _schema;

    protected override async ValueTask<ILogStore> OpenAsync() => await (_schema ??= new TestSchema()).OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        if (_schema is not null)
        {
            await base.DisposeAsync();
            await _schema.DisposeAsync();
        }
    }
}
