using OrleansShards.Grains.Storage;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>One store for all silos of a test; who makes the silos closes it.</summary>
/// <param name="store">The store, open.</param>
internal sealed class SharedStore(ILogStore store) : ILogStoreSource
{
    public Task<ILogStore> OpenAsync() => Task.FromResult(store);
}
