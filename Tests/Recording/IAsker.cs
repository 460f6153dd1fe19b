using OrleansShards.Client.Routing;

namespace OrleansShards.Tests.Recording;

/// <summary>A cluster as a worker sees it.</summary>
internal interface IAsker
{
    /// <summary>Asks, and waits for the outcome, which comes by the deadline.</summary>
    Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline);
}
