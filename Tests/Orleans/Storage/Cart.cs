using Orleans;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>A grain's state.</summary>
[GenerateSerializer]
public sealed class Cart
{
    [Id(0)]
    public int Items { get; set; }
}
