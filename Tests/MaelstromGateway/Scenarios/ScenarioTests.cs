namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>Every scenario that a host can hold, held with it. Another host is another class that derives from
/// this.</summary>
public abstract class ScenarioTests
{
    private protected abstract IScenarioHost Host { get; }

    /// <summary>The names of the scenarios that a host can hold.</summary>
    /// <param name="host">What scenarios call it that it is not for.</param>
    /// <param name="hasProcesses">Whether its gateways are processes.</param>
    public static TheoryData<string> Names(string host, bool hasProcesses) =>
        [.. ScenarioFiles.All
            .Where(scenario => (hasProcesses || !scenario.NeedsProcess) && !scenario.NotWith.Contains(host))
            .Select(scenario => scenario.Name)];

    private protected static Scenario Find(string name) => ScenarioFiles.All.Single(scenario => scenario.Name == name);

    private protected void RunScenario(string name) => ScenarioRunner.Run(Find(name), Host);
}
