namespace OrleansShards.Client.Routing;

/// <summary>
/// A cluster as one process talks to it: requests in, outcomes back, all on one thread, the loop's, so that whoever
/// uses it needs no lock.
/// </summary>
public interface IClusterClient : IAsyncDisposable
{
    /// <summary>
    /// Runs something on the loop's thread, after all that was posted before. Thread-safe, returns at once, and never
    /// runs it inline.
    /// </summary>
    void Post(Action turn);

    /// <summary>
    /// Hands a request in. Called on the loop's thread only. <paramref name="receiver"/> hears of it exactly once, on
    /// the loop's thread, after this method has returned, and by the deadline (to a tick).
    /// </summary>
    /// <param name="request">What is asked.</param>
    /// <param name="deadline">How long may be tried.</param>
    /// <param name="receiver">Who hears the outcome.</param>
    void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver);
}

/// <summary>Hears the outcome of a request.</summary>
public interface IOutcomeReceiver
{
    /// <summary>The request has ended. Called on the loop's thread; short, throws nothing.</summary>
    void Completed(ClientOutcome outcome);
}
