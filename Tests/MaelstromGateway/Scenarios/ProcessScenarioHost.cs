namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>Gateways as the processes that they are for users, over pipes.</summary>
/// <param name="before">Options that every gateway gets before those of its scenario.</param>
internal sealed class ProcessScenarioHost(params IReadOnlyList<string> before) : IScenarioHost
{
    public bool HasProcesses => true;

    public IScenarioGateway Start(IReadOnlyList<string> options) => new GatewayChild([.. before, .. options]);
}
