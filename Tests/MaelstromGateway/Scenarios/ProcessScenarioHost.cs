namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>Gateways as the processes that they are for users, over pipes.</summary>
internal sealed class ProcessScenarioHost : IScenarioHost
{
    public bool HasProcesses => true;

    public IScenarioGateway Start(IReadOnlyList<string> options) => new GatewayChild(options);
}
