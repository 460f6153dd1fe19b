using OrleansShards.Storage;
using OrleansShards.Tests.Moves;

namespace OrleansShards.Tests.Orleans.Moves;

/// <summary>On silos.</summary>
public sealed class SiloLabTests : LabTests
{
    private protected override async Task<ILabCluster> StartAsync(ILogStore store) => await SiloLab.StartAsync(store);
}
