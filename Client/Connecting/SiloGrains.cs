namespace OrleansShards.Client.Connecting;

/// <summary>The grains of the silo that runs in this process.</summary>
internal sealed class SiloGrains(IGrainFactory grains) : IGrainSource
{
    /// <inheritdoc />
    public Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken) => Task.FromResult(grains);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
