namespace OrleansShards.Client.Connecting;

/// <summary>Where a client's grains are found.</summary>
internal interface IGrainSource : IAsyncDisposable
{
    /// <summary>Reaches the cluster. After a failure it may be tried again.</summary>
    /// <exception cref="Exception">The cluster cannot be reached now, for whatever reason.</exception>
    Task<IGrainFactory> ConnectAsync(CancellationToken cancellationToken);
}
