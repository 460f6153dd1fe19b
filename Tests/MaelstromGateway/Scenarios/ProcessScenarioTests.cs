namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>The protocol's scenarios, with the process that users run.</summary>
public sealed class ProcessScenarioTests : ScenarioTests
{
    private protected override IScenarioHost Host { get; } = new ProcessScenarioHost();

    [Theory]
    [MemberData(nameof(Names), true)]
    public void Scenario_AsAProcess_GoesAsWritten(string name) => RunScenario(name);
}
