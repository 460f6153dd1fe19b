using Orleans;

namespace OrleansShards.Tests.Orleans.Storage;

public interface ICartGrain : IGrainWithStringKey
{
    Task AddAsync();

    /// <summary>What is in it, and which activation says so.</summary>
    Task<(int Items, Guid Activation)> ReadAsync();

    /// <summary>Ends this activation.</summary>
    Task EndAsync();
}
