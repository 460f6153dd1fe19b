using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;

namespace OrleansShards.Tests.Orleans.Storage;

public sealed class LogGrainStorageTests(StorageSilo silo) : LogGrainStorageConformance(silo), IClassFixture<StorageSilo>
{
    protected override ValueTask<ILogStore> OpenAsync() => new(new InMemoryLogStore());
}
