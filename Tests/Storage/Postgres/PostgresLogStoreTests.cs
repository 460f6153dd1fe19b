using OrleansShards.Storage;

namespace OrleansShards.Tests.Storage;

public sealed class PostgresLogStoreTests : LogStoreConformance
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
