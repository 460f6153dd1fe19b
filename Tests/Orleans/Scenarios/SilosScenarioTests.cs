using OrleansShards.Tests.MaelstromGateway.Scenarios;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>
/// The protocol's scenarios, with the grains spread over two silos, or over three: half of the scenarios each, and a
/// fresh cluster for every one of them.
/// </summary>
public sealed class SilosScenarioTests : ScenarioTests, IAsyncDisposable
{
    private SilosScenarioHost? _host;

    private protected override IScenarioHost Host => _host!;

    [Theory]
    [MemberData(nameof(Names), "silos", false)]
    public void Scenario_WithSeveralSilos_GoesAsWritten(string name)
    {
        int at = ScenarioFiles.All.TakeWhile(scenario => scenario.Name != name).Count();
        _host = new SilosScenarioHost(2 + (at % 2));
        RunScenario(name);
    }

    public async ValueTask DisposeAsync() => await (_host?.DisposeAsync() ?? ValueTask.CompletedTask);
}
