namespace OrleansShards.Client;

/// <summary>
/// An application's way into a cluster: one of it a process, for all threads. Before it is connected a call waits for
/// the connection as long as its deadline allows, and is then refused for certain.
/// </summary>
public interface IShardsClient : IKeyOperations
{
    /// <summary>
    /// Somebody else leads. Raised once a change, in order, on a thread of the pool, where the cluster's notice arrives;
    /// one may be missed, and nothing depends on it.
    /// </summary>
    event EventHandler<PrimaryChanged>? PrimaryChanged;

    /// <summary>Ends when the cluster has been reached for the first time; the client goes on by itself after that.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ObjectDisposedException">The client was stopped before.</exception>
    Task ConnectedAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens a session: its calls take effect exactly once, also across restarts of the application, which repeats what
    /// it has no outcome of under the same number.
    /// </summary>
    /// <param name="clientId">
    /// The session's name, the same after a restart. Only one process may use it at a time: the cluster knows one last
    /// number a session.
    /// </param>
    /// <param name="lastSequence">
    /// The highest number that may have been used, from what the application has kept; 0 for a new session.
    /// </param>
    /// <exception cref="ArgumentException">The name is empty, or the number negative.</exception>
    IShardsSession OpenSession(string clientId, long lastSequence = 0);
}
