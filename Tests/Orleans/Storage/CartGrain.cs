using Orleans;
using Orleans.Runtime;
using OrleansShards.Grains.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>A grain of an application that keeps its state with our store.</summary>
public sealed class CartGrain([PersistentState("cart", LogGrainStorage.ProviderName)] IPersistentState<Cart> cart) : Grain, ICartGrain
{
    private readonly Guid _activation = Guid.NewGuid();

    public async Task AddAsync()
    {
        cart.State.Items++;
        await cart.WriteStateAsync();
    }

    public Task<(int Items, Guid Activation)> ReadAsync() => Task.FromResult((cart.State.Items, _activation));

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
