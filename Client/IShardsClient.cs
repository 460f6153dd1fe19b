namespace OrleansShards.Client;

/// <summary>
/// A client of a cluster. Thread-safe; one instance serves a whole process. Before the client is connected, a call waits
/// for the connection until its deadline and then ends as <see cref="KeyResult.NotApplied"/>, which is definite.
/// </summary>
public interface IShardsClient : IKeyOperations
{
    /// <summary>
    /// The primary has changed. Raised at most once a term, in order, on a pool thread. A notification may be lost; no
    /// operation depends on it.
    /// </summary>
    event EventHandler<PrimaryChanged>? PrimaryChanged;

    /// <summary>Completes when the client first connects; it reconnects by itself after that.</summary>
    /// <exception cref="ObjectDisposedException">The client was stopped before.</exception>
    Task ConnectedAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens a session. Its calls take effect exactly once, even across restarts of the application, provided that it
    /// repeats each call whose outcome it does not know under the same number. The name stays the same after a restart; only
    /// one process may use it at a time, because the cluster records one last number a session.
    /// <paramref name="lastSequence"/> is the highest number that may have been used, as the application has recorded it; 0
    /// for a new session.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty, or the number negative.</exception>
    IShardsSession OpenSession(string clientId, long lastSequence = 0);
}
