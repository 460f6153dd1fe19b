namespace OrleansShards.Client.Routing;

/// <summary>
/// One process's connection to a cluster. Requests and outcomes are handled on one thread, the loop's, so that callers need
/// no lock.
/// </summary>
public interface IClusterClient : IAsyncDisposable
{
    /// <summary>
    /// Queues an action for a turn of the router, after all that was posted before. Thread-safe; returns at once and never runs
    /// the action inline.
    /// </summary>
    void Post(Action turn);

    /// <summary>
    /// Submits a request. In a turn only. <paramref name="receiver"/> is called exactly once, in a turn, after
    /// this method has returned and at most one tick after the deadline.
    /// </summary>
    void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver);
}

/// <summary>Receives the outcome of a request.</summary>
public interface IOutcomeReceiver
{
    /// <summary>The request has ended. Called in a turn of the router; must be short and must not throw.</summary>
    void Completed(ClientOutcome outcome);
}
