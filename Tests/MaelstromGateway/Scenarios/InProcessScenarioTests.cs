namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>The protocol's scenarios, with gateways in this process.</summary>
public sealed class InProcessScenarioTests : ScenarioTests
{
    private protected override IScenarioHost Host { get; } = new InProcessScenarioHost("--host", "in-process");

    [Theory]
    [MemberData(nameof(Names), "in-process", false)]
    public void Scenario_InThisProcess_GoesAsWritten(string name) => RunScenario(name);
}
