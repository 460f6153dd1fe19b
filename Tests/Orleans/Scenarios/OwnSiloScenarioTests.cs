using OrleansShards.Tests.MaelstromGateway.Scenarios;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>The protocol's scenarios, with gateways in this process and a silo of each one's own beside it.</summary>
public sealed class OwnSiloScenarioTests : ScenarioTests
{
    private protected override IScenarioHost Host { get; } = new InProcessScenarioHost();

    [Theory]
    [MemberData(nameof(Names), "silo", false)]
    public void Scenario_WithItsOwnSilo_GoesAsWritten(string name) => RunScenario(name);
}
