namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>The protocol's scenarios, with a gateway's process and its light host.</summary>
public sealed class ProcessScenarioTests : ScenarioTests
{
    private protected override IScenarioHost Host { get; } = new ProcessScenarioHost("--host", "in-process");

    [Theory]
    [MemberData(nameof(Names), "in-process", true)]
    public void Scenario_AsAProcess_GoesAsWritten(string name) => RunScenario(name);
}
