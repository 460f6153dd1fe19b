using IClusterClient = OrleansShards.Client.Routing.IClusterClient;

namespace OrleansShards.Client.Connecting;

/// <summary>What stands between a call and the cluster before the first connection, and after the last.</summary>
internal sealed class ClusterConnection
{
    private readonly TaskCompletionSource<IClusterClient> _connected =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The cluster; null before it was reached.</summary>
    internal IClusterClient? Cluster => _connected.Task.IsCompletedSuccessfully ? _connected.Task.Result : null;

    /// <summary>Ends when the cluster has been reached; fails where the client was stopped before.</summary>
    internal Task<IClusterClient> Connected => _connected.Task;

    /// <summary>What stood in the way, last of all; for people.</summary>
    internal string Obstacle { get; set; } = "the host has not started the client";

    internal void Open(IClusterClient cluster) => _connected.TrySetResult(cluster);

    internal void Close()
    {
        if (_connected.TrySetException(new ObjectDisposedException(nameof(IShardsClient), "the client was stopped")))
        {
            // Nobody may be waiting; then it is no failure that somebody forgot.
            _ = _connected.Task.Exception;
        }
    }
}
