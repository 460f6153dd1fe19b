using OrleansShards.Grains.Storage;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>A store that is open already.</summary>
internal sealed class StoreSource(ILogStore store) : ILogStoreSource
{
    public Task<ILogStore> OpenAsync() => Task.FromResult(store);
}
