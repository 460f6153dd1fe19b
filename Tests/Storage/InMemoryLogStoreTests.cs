using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;

namespace OrleansShards.Tests.Storage;

public sealed class InMemoryLogStoreTests : LogStoreConformance
{
    protected override string? WhyVolatile => "what is kept in memory is gone with the store";

    protected override ulong RaceLength => 10_000;

    protected override ValueTask<ILogStore> OpenAsync() => new(new InMemoryLogStore());

    [Fact]
    public void EveryCall_IsCompleteWhenItReturns()
    {
        Assert.True(Store.PutAsync(Log, new(1), Bytes("x"), Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.ReadAsync(Log, new(1), 100, Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.ProbeAsync(Log, new(1), Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.PutChunkAsync(Log, Checkpoint(1), 0, Bytes("x"), Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.PublishAsync(Log, Checkpoint(1), Bytes("x"), Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.ReadManifestAsync(Log, Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.ReadChunkAsync(Log, Checkpoint(1), 0, Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.DropAsync(Log, new(1), [], Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.ListAsync(Stop).AsTask().IsCompletedSuccessfully);
    }
}
