namespace OrleansShards.Client.Routing;

/// <summary>Hears the outcome of a request.</summary>
public interface IOutcomeReceiver
{
    /// <summary>The request has ended. Called on the loop's thread; short, throws nothing.</summary>
    void Completed(ClientOutcome outcome);
}
