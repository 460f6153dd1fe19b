using OrleansShards.Grains.Storage;
using OrleansShards.Storage;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>The conformance suite, over Orleans' memory storage. What was put outlives the store, not the silo.</summary>
public sealed class GrainStateLogStoreTests(StorageSilo silo) : LogStoreConformance, IClassFixture<StorageSilo>
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    protected override string? WhyGapsAreEnds =>
        "a provider cannot tell which states it has: a record behind a gap is found only while reading ahead";

    protected override ValueTask<ILogStore> OpenAsync() =>
        new(new GrainStateLogStore(silo.MemoryStorage, StorageSilo.Memory, _prefix));
}
